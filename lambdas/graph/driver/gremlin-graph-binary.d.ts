/** GraphBinary 1.0, the codec of the `gremlin` package, which neither declares types for it nor exports it. */
declare module "gremlin/lib/structure/io/binary/GraphBinary.js" {
  export interface Traverser {
    readonly object: unknown;
    readonly bulk: number;
  }
  interface GraphBinary {
    readonly graphBinaryWriter: {
      writeRequest(request: {
        readonly requestId: string;
        readonly op: string;
        readonly processor: string;
        readonly args: Readonly<Record<string, unknown>>;
      }): Buffer;
    };
    readonly graphBinaryReader: {
      readResponse(frame: Buffer): {
        readonly requestId: string | null;
        readonly status: { readonly code: number; readonly message: string | null };
        readonly result: { readonly data: readonly Traverser[] | null };
      };
    };
  }
  const graphBinary: GraphBinary;
  export default graphBinary;
}
