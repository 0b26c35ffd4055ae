import { createHmac, timingSafeEqual } from "node:crypto";
import { type Authorization, parseAuthorization } from "./authorization-header.ts";
import { canonicalRequest, findHeader, type ReceivedRequest, sha256 } from "./canonical-request.ts";

/**
 * AWS's names for what is wrong with a signature, as its JSON services send them; all of them are 403 at Lambda.
 * https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
 */
export type SignatureError =
  | "MissingAuthenticationTokenException"
  | "IncompleteSignatureException"
  | "UnrecognizedClientException"
  | "InvalidSignatureException";

/** Somebody whose signature can be checked. */
export interface Signatory {
  readonly credentials: {
    readonly secretAccessKey: string;
    /** `undefined` for credentials without one: a request must then have none either. */
    readonly sessionToken?: string;
  };
}

export type Verified<Principal> =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly errorType: SignatureError; readonly message: string };

export interface VerifyOptions<Principal> {
  /** What the signature must be for: `execute-api`, `sqs`, `lambda`, `neptune-db`. */
  readonly service: string;
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly find: (accessKeyId: string) => Principal | undefined;
}

/** How far the clock of a client may be off, either way. */
const TOLERANCE_MS = 5 * 60_000;

/**
 * Who signed a request, by Signature Version 4 in its headers (not in its query); or why that is not to be believed, in
 * AWS's words. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 * @param body all of it; `undefined` for a handshake.
 */
export function verifySignature<Principal extends Signatory>(
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
  const fault = checkScope(authorization, time.text, options) ?? checkTime(time, options.nowMs);
  if (fault) return refuse("InvalidSignatureException", fault);

  const principal = options.find(authorization.accessKeyId);
  const token = findHeader(request.headers, "x-amz-security-token");
  if (!principal || !isSame(principal.credentials.sessionToken ?? "", token ?? "")) {
    return refuse("UnrecognizedClientException", "The security token included in the request is invalid.");
  }
  const { date, region, service, signedHeaders, signature } = authorization;
  const scope = [date, region, service, "aws4_request"];
  const hashed = sha256(canonicalRequest(request, body, signedHeaders));
  const toSign = ["AWS4-HMAC-SHA256", time.text, scope.join("/"), hashed].join("\n");
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${principal.credentials.secretAccessKey}`);
  if (!isSame(hmac(key, toSign).toString("hex"), signature)) {
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

/** When a request says that it was signed: `x-amz-date`, else `date`, which may be in either form. */
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
  { date, region, service }: Authorization,
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
  if (ms < nowMs - TOLERANCE_MS) {
    return `Signature expired: ${text} is now earlier than ${basicTime(nowMs - TOLERANCE_MS)} (${now} - 5 min.)`;
  }
  if (ms > nowMs + TOLERANCE_MS) {
    return `Signature not yet current: ${text} is still later than ${basicTime(nowMs + TOLERANCE_MS)} (${now} + 5 min.)`;
  }
  return undefined;
}

/** `20150830T123600Z`. */
const basicTime = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, "");

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** Takes the same time wherever two texts differ. */
function isSame(a: string, b: string): boolean {
  const [bytes, others] = [Buffer.from(a), Buffer.from(b)];
  return bytes.length === others.length && timingSafeEqual(bytes, others);
}

const refuse = (errorType: SignatureError, message: string) => ({ ok: false, errorType, message }) as const;
