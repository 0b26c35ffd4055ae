import { createHash } from "node:crypto";

/** A request as a server receives it. An `IncomingMessage` of Node's is one. */
export interface ReceivedRequest {
  readonly method?: string | undefined;
  /** Path and query as on the wire: nothing decoded. */
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/**
 * The text whose hash is signed.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request
 *
 * The hash of the body is always taken of the body: a header `x-amz-content-sha256` that says something else, such as
 * S3's `UNSIGNED-PAYLOAD`, leads to another signature. Of a header that was sent twice this sees what Node makes of it.
 * @param signedHeaders as in the `Authorization` header: signed in the case and the order in which they stand there.
 */
export function canonicalRequest(
  { method = "", url = "", headers }: ReceivedRequest,
  body: Buffer | undefined,
  signedHeaders: string,
): string {
  const [, path = "", query = ""] = /^([^?]*)\??(.*)$/s.exec(url) ?? [];
  return [
    method,
    canonicalPath(path),
    canonicalQuery(query),
    ...signedHeaders.split(";").map((name) => `${name}:${canonicalValue(findHeader(headers, name))}`),
    "",
    signedHeaders,
    sha256(body ?? ""),
  ].join("\n");
}

/** The value of a header, whatever the case of its name; several are joined by commas. */
export function findHeader(headers: ReceivedRequest["headers"], name: string): string | undefined {
  const lower = name.toLowerCase();
  const value = Object.entries(headers).find(([key]) => key.toLowerCase() === lower)?.[1];
  return typeof value === "object" ? value.join(",") : value;
}

export const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");

/** Encoded once more than on the wire, as all services but S3 (which has no door here) do it, and without `.` and `//`. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(encode(Buffer.from(segment, "latin1")));
  }
  const end = path.endsWith("/") && segments.length > 0 ? "/" : "";
  return `/${segments.join("/")}${end}`;
}

/** Decoded, encoded in the one way, and sorted by name and then by value. */
function canonicalQuery(query: string): string {
  return query
    .split("&")
    .filter((parameter) => parameter !== "")
    .map((parameter) => {
      const [, name = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(parameter) ?? [];
      return [encode(decode(name)), encode(decode(value))] as const;
    })
    .sort(([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

const canonicalValue = (value = ""): string => value.replace(/\s+/g, " ").trim();

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** The bytes that a text of the wire stands for: Node gives each byte as one character. What is no `%XX` stays as it is. */
const decode = (text: string): Buffer =>
  Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );

/** Every byte as `%XX`, but for the unreserved characters of RFC 3986. */
const encode = (bytes: Buffer): string =>
  bytes
    .toString("latin1")
    .replace(
      /[^A-Za-z0-9\-._~]/g,
      (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
    );
