import { createHash } from "node:crypto";

/** A request as received by a server, such as a Node `IncomingMessage`. */
export interface ReceivedRequest {
  readonly method?: string | undefined;
  /** Path and query as received, not decoded. */
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/**
 * The SigV4 canonical request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request
 *
 * Always hashes the received body, so a different `x-amz-content-sha256` such as `UNSIGNED-PAYLOAD` does not
 * verify. Duplicate headers are joined or dropped as by Node.
 * @param signedHeaders as in the `Authorization` header; its case and order are part of the signature.
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

/** The value of a header by case-insensitive name; several values are joined by commas. */
export function findHeader(headers: ReceivedRequest["headers"], name: string): string | undefined {
  const lower = name.toLowerCase();
  const value = Object.entries(headers).find(([key]) => key.toLowerCase() === lower)?.[1];
  return typeof value === "object" ? value.join(",") : value;
}

export const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");

/** Normalized and URI-encoded once more than in the request, as AWS does for every service except S3. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(encode(Buffer.from(segment, "latin1")));
  }
  const end = path.endsWith("/") && segments.length > 0 ? "/" : "";
  return `/${segments.join("/")}${end}`;
}

/** Parameters are decoded, URI-encoded again, and sorted by name and then by value. */
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

/** Percent-decodes to bytes (Node represents each received byte as a character); keeps invalid sequences. */
const decode = (text: string): Buffer =>
  Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );

/** Percent-encodes every byte except the unreserved characters of RFC 3986. */
const encode = (bytes: Buffer): string =>
  bytes
    .toString("latin1")
    .replace(
      /[^A-Za-z0-9\-._~]/g,
      (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
    );
