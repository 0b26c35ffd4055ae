import gremlin from "gremlin";
import graphBinary from "gremlin/lib/structure/io/binary/GraphBinary.js";

/*
 * The server side of GraphBinary 1.0, with the type readers of the `gremlin` package, which has none for
 * lambdas and traversal strategies. https://tinkerpop.apache.org/docs/3.7.5/dev/io/#graphbinary
 */
const MIME_TYPE = "application/vnd.graphbinary-v1.0";
const VERSION = 0x81;
const UUID_BYTES = 16;

interface Reader {
  /** The value `v` at the start of `bytes`, and its length `len` in bytes. */
  deserialize(
    bytes: Buffer,
    isTyped: boolean,
    isNullable?: boolean,
  ): { readonly v: unknown; readonly len: number };
}
/** Members of the codec that are missing in its type declaration. */
const { uuidSerializer, stringSerializer, mapSerializer } = graphBinary as unknown as Readonly<
  Record<"uuidSerializer" | "stringSerializer" | "mapSerializer", Reader>
>;

export interface GraphRequest {
  readonly requestId: string;
  readonly op: string;
  readonly args: ReadonlyMap<unknown, unknown>;
}

/** A malformed request; `requestId` is set when the start of the frame is valid. */
export interface UnreadableRequest {
  readonly requestId: string | undefined;
  readonly problem: string;
}

/** The parsed frame: {mime length}{mime}{version}{request id}{op}{processor}{arguments}. */
export function readRequest(frame: Buffer): GraphRequest | UnreadableRequest {
  const mimeEnd = 1 + (frame[0] ?? 0);
  const mime = frame.toString("latin1", 1, mimeEnd);
  if (mime !== MIME_TYPE) return { requestId: undefined, problem: `expected ${MIME_TYPE}, got "${mime}"` };
  const version = frame[mimeEnd];
  if (version !== VERSION) {
    return { requestId: undefined, problem: `expected version ${VERSION}, got ${version}` };
  }
  let rest = frame.subarray(mimeEnd + 1);
  const take = (reader: Reader) => {
    const { v, len } = reader.deserialize(rest, false);
    rest = rest.subarray(len);
    return v;
  };
  let requestId: string | undefined;
  try {
    if (rest.length < UUID_BYTES) throw new Error("the frame ends within the request id");
    requestId = String(take(uuidSerializer));
    const op = String(take(stringSerializer));
    take(stringSerializer);
    const args = take(mapSerializer);
    if (!(args instanceof Map)) throw new Error("the arguments are not a map");
    if (rest.length > 0) throw new Error(`${rest.length} bytes follow the arguments`);
    return { requestId, op, args };
  } catch (error) {
    return { requestId, problem: firstLine(error) };
  }
}

/** An error response frame: {version}{request id}{status}{message}{attributes}{meta}{no result}. */
export function writeErrorResponse(
  requestId: string | undefined,
  statusCode: number,
  message: string,
): Buffer {
  const id = requestId === undefined ? [1] : [0, ...Buffer.from(requestId.replaceAll("-", ""), "hex")];
  const text = Buffer.from(message);
  return Buffer.concat([
    Buffer.from([VERSION, ...id]),
    int(statusCode),
    Buffer.from([0]),
    int(text.length),
    text,
    int(0),
    int(0),
    Buffer.from([0xfe, 0x01]),
  ]);
}

type Instruction = readonly [name: string, ...args: unknown[]];

/** A query, or an anonymous traversal in the arguments of a step. */
export interface Query {
  readonly stepInstructions: readonly Instruction[];
  readonly sourceInstructions: readonly Instruction[];
}

/** Whether a parsed value is a query. The types of `gremlin` lack the instructions of `Bytecode`. */
export const isQuery = (value: unknown): value is Query => value instanceof gremlin.process.Bytecode;

/** `value` and all values in it, at any depth. */
export function* nestedValues(value: unknown): Generator<unknown> {
  const pending = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    yield next;
    for (const child of childrenOf(next)) pending.push(child);
  }
}

function childrenOf(value: unknown): Iterable<unknown> {
  if (isQuery(value)) {
    return [...value.stepInstructions, ...value.sourceInstructions].flatMap(([, ...args]) => args);
  }
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (Array.isArray(value) || value instanceof Set) return value;
  // Predicates and traversers have their values in plain fields.
  return typeof value === "object" && value !== null && !Buffer.isBuffer(value) ? Object.values(value) : [];
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** The codec adds a dump of the bytes to its error messages, in further lines. */
const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0]?.slice(0, 200) ?? "";
