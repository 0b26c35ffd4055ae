import { createHmac, timingSafeEqual } from "node:crypto";
import { parseAuthorization, type SigV4Authorization } from "./authorization-header.ts";
import { canonicalRequest, findHeader, type ReceivedRequest, sha256 } from "./canonical-request.ts";

/**
 * AWS error types for an invalid signature; Lambda returns 403 for each.
 * https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
 */
export type SignatureError =
  | "MissingAuthenticationTokenException"
  | "IncompleteSignatureException"
  | "UnrecognizedClientException"
  | "InvalidSignatureException";

/** A principal whose signatures can be verified. */
export interface SigningPrincipal {
  readonly credentials: {
    readonly secretAccessKey: string;
    /** When `undefined`, requests must not contain one. */
    readonly sessionToken?: string;
  };
}

export type Verified<Principal> =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly errorType: SignatureError; readonly message: string };

export interface VerifyOptions<Principal> {
  /** Required service in the credential scope: `execute-api`, `sqs`, `lambda`, `neptune-db`. */
  readonly service: string;
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly find: (accessKeyId: string) => Principal | undefined;
}

/** Maximum clock skew between client and server. */
const MAX_CLOCK_SKEW_MS = 5 * 60_000;

/**
 * The principal that signed a request, or the AWS error. Supports Signature Version 4 in headers, not
 * presigned URLs.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 * @param body the complete body; `undefined` for a handshake.
 */
export function verifySignature<Principal extends SigningPrincipal>(
  request: ReceivedRequest,
  body: Buffer | undefined,
  options: VerifyOptions<Principal>,
): Verified<Principal> {
  const header = findHeader(request.headers, "authorization");
  if (!header) return refuse("MissingAuthenticationTokenException", "Missing Authentication Token");
  const parsed = parseAuthorization(header);
  if (!parsed.ok) return refuse("IncompleteSignatureException", parsed.message);
  const { authorization } = parsed;

  const time = readTime(request);
  if (!time.ok) return refuse("IncompleteSignatureException", time.message);
  const problem = checkScope(authorization, time.text, options) ?? checkTime(time, options.nowMs);
  if (problem) return refuse("InvalidSignatureException", problem);

  const principal = options.find(authorization.accessKeyId);
  const token = findHeader(request.headers, "x-amz-security-token");
  if (!principal || !isEqual(principal.credentials.sessionToken ?? "", token ?? "")) {
    return refuse("UnrecognizedClientException", "The security token included in the request is invalid.");
  }
  const { date, region, service, signedHeaders, signature } = authorization;
  const scope = [date, region, service, "aws4_request"];
  const requestHash = sha256(canonicalRequest(request, body, signedHeaders));
  const stringToSign = ["AWS4-HMAC-SHA256", time.text, scope.join("/"), requestHash].join("\n");
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${principal.credentials.secretAccessKey}`);
  if (!isEqual(hmac(key, stringToSign).toString("hex"), signature)) {
    return refuse(
      "InvalidSignatureException",
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    );
  }
  return { ok: true, principal };
}

type Time =
  | { readonly ok: true; readonly ms: number; readonly text: string }
  | { readonly ok: false; readonly message: string };

/** The signing time: `x-amz-date`, else `date`, in ISO 8601 basic format or as an HTTP date. */
function readTime({ headers }: ReceivedRequest): Time {
  const text = findHeader(headers, "x-amz-date") ?? findHeader(headers, "date");
  if (!text) {
    const message = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
    return { ok: false, message };
  }
  const basic = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
  const isHttpDate = /^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/.test(text);
  const ms = Date.parse(isHttpDate ? text : text.replace(basic, "$1-$2-$3T$4:$5:$6Z"));
  if (Number.isNaN(ms) || !(isHttpDate || basic.test(text))) {
    return { ok: false, message: `Date must be in ISO-8601 'basic format'. Got '${text}'.` };
  }
  return { ok: true, ms, text: basicTime(ms) };
}

function checkScope(
  { date, region, service }: SigV4Authorization,
  time: string,
  expected: { readonly region: string; readonly service: string },
): string | undefined {
  const day = time.slice(0, 8);
  if (date !== day) {
    return `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${day}', from '${time}'.`;
  }
  if (region !== expected.region) {
    return `Credential should be scoped to a valid region, not '${region}'.`;
  }
  if (service !== expected.service) {
    return `Credential should be scoped to correct service: '${expected.service}'.`;
  }
  return undefined;
}

function checkTime({ ms, text }: { readonly ms: number; readonly text: string }, nowMs: number) {
  const now = basicTime(nowMs);
  if (ms < nowMs - MAX_CLOCK_SKEW_MS) {
    return `Signature expired: ${text} is now earlier than ${basicTime(nowMs - MAX_CLOCK_SKEW_MS)} (${now} - 5 min.)`;
  }
  if (ms > nowMs + MAX_CLOCK_SKEW_MS) {
    return `Signature not yet current: ${text} is still later than ${basicTime(nowMs + MAX_CLOCK_SKEW_MS)} (${now} + 5 min.)`;
  }
  return undefined;
}

/** `20150830T123600Z`. */
const basicTime = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, "");

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** Constant-time comparison. */
function isEqual(a: string, b: string): boolean {
  const [bytesA, bytesB] = [Buffer.from(a), Buffer.from(b)];
  return bytesA.length === bytesB.length && timingSafeEqual(bytesA, bytesB);
}

const refuse = (errorType: SignatureError, message: string) => ({ ok: false, errorType, message }) as const;
