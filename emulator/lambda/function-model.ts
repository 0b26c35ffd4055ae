/** What running a function takes, as the Pulumi program declared it. */
export interface FunctionModel {
  readonly name: string;
  /** Unqualified: `arn:aws:lambda:{region}:{account}:function:{name}`. */
  readonly arn: string;
  /** `$LATEST` or a number. */
  readonly version: string;
  /** `index.handler`: the module without its extension, and the export. */
  readonly handler: string;
  readonly region: string;
  /** Counts from when the function is initialized. */
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** As declared; what Lambda adds is in function-environment.ts. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroup: string;
  /** Holds the handler's module; the function's working directory. */
  readonly codeDirectory: string;
  /** A PEM file of certificates to be trusted besides Node's own, for what stands for AWS here. Default: none. */
  readonly trustedCertificates?: string;
  /** What the function's role gives it. */
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
}

/** What came of one invocation. */
export type FunctionResult =
  | { readonly outcome: "returned"; readonly payload: unknown }
  | {
      /** Lambda's `FunctionError: Unhandled`. */
      readonly outcome: "failed";
      /** Lambda's `errorMessage`. */
      readonly message: string;
      /** Lambda's `errorType`: the name of what was thrown, or `Runtime.…`, `Sandbox.Timedout`. */
      readonly errorType?: string;
    };
