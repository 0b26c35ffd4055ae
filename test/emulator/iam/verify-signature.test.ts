/*
 * Verification of SigV4 signatures. Does not prove that AWS returns the same error for a request with several
 * errors.
 */
import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ReceivedRequest } from "#emulator/iam/canonical-request.ts";
import {
  type SigningPrincipal,
  type VerifyOptions,
  verifySignature,
} from "#emulator/iam/verify-signature.ts";
import { signHandshake } from "#lambdas/graph/driver/sign-handshake.ts";
import { AT, CREDENTIALS, REGION, SERVICE, sign } from "./signing.ts";

const PRINCIPAL: SigningPrincipal = { credentials: CREDENTIALS };
const OK = { ok: true, principal: PRINCIPAL };

const verify = (
  request: ReceivedRequest,
  body?: Buffer,
  options: Partial<VerifyOptions<SigningPrincipal>> = {},
) =>
  verifySignature(request, body, {
    service: SERVICE,
    region: REGION,
    nowMs: AT.getTime(),
    find: (accessKeyId) => (accessKeyId === CREDENTIALS.accessKeyId ? PRINCIPAL : undefined),
    ...options,
  });

const mismatch = {
  ok: false,
  errorType: "InvalidSignatureException",
  message:
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
};

test("the example signature in the AWS documentation is valid", () => {
  // ListUsers in https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
  const principal = { credentials: { secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" } };
  const request = {
    method: "GET",
    url: "/?Action=ListUsers&Version=2010-05-08",
    headers: {
      host: "iam.amazonaws.com",
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      "x-amz-date": "20150830T123600Z",
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    },
  };
  expect(
    verify(request, undefined, {
      service: "iam",
      nowMs: Date.UTC(2015, 7, 30, 12, 36),
      find: (accessKeyId) => (accessKeyId === "AKIDEXAMPLE" ? principal : undefined),
    }),
  ).toEqual({ ok: true, principal });
});

test("the signature of a graph handshake is valid for an undefined and for an empty body", async () => {
  const headers = await signHandshake(
    "ws://127.0.0.1:8182/gremlin",
    { region: REGION, credentials: CREDENTIALS },
    AT,
  );
  const request = { method: "GET", url: "/gremlin", headers };
  expect(verify(request, undefined, { service: "neptune-db" })).toEqual(OK);
  expect(verify(request, Buffer.alloc(0), { service: "neptune-db" })).toEqual(OK);
});

test.each([
  "/development/@connections/L0SM9cOFvHcCIhw=",
  "/development/@connections/L0SM9cOFvHcCIhw%3D",
  "/development/%40connections/L0SM9cOFvHcCIhw%3d",
  "/a%20b/%E2%82%AC/%25/(!*')/~",
  "/a//b/./c/../d/",
  "/..",
  "//",
  "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Awatch/invocations",
])("the signature of a request with the path %s is valid", async (path) => {
  expect(verify(await sign({ path }))).toEqual(OK);
});

test("the signature of a path with UTF-8 bytes is valid", async () => {
  const request = await sign({ path: "/ü/€" });
  expect(verify({ ...request, url: Buffer.from("/ü/€").toString("latin1") })).toEqual(OK);
});

test("the signature of query parameters is valid in any order", async () => {
  const query = { b: ["2", "10", ""], "a-b": "1", a: "x y+z=%3D&ü", ä: "", B: "(!*')~" };
  const request = await sign({ query });
  expect(verify(request)).toEqual(OK);
  const [path, parameters = ""] = request.url.split("?");
  expect(verify({ ...request, url: `${path}?&${parameters.split("&").reverse().join("&")}` })).toEqual(OK);
});

test("the signature of a parameter without a value or with a bare % is valid", async () => {
  const request = await sign({ query: { Qualifier: "", p: "100%" } });
  expect(verify({ ...request, url: "/?Qualifier&p=100%" })).toEqual(OK);
});

test("the signature of headers is valid for any case of the name and repeated spaces", async () => {
  const { authorization, host, ...headers } = (await sign({ headers: { "x-note": "a b c" } })).headers;
  const request = {
    method: "POST",
    url: "/",
    headers: { ...headers, Host: host, Authorization: authorization, "x-note": " a   b\t c " },
  };
  expect(verify(request)).toEqual(OK);
});

test("the signature is valid for any spacing between the parts of the Authorization header", async () => {
  const { headers, ...request } = await sign();
  const authorization = headers["authorization"]?.replaceAll(", ", ",").replace("SHA256 ", "SHA256   ");
  expect(verify({ ...request, headers: { ...headers, authorization } })).toEqual(OK);
});

test("the signature of a request with the time in the Date header is valid", () => {
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const date = "Sat, 21 Nov 2026 01:02:03 GMT";
  const canonical = ["GET", "/", "", `date:${date}`, "host:h", "", "date;host", hash("")].join("\n");
  const scope = ["20261121", REGION, SERVICE, "aws4_request"];
  const signature = hmac(
    scope.reduce<string | Buffer>(hmac, "AWS4secret"),
    ["AWS4-HMAC-SHA256", "20261121T010203Z", scope.join("/"), hash(canonical)].join("\n"),
  ).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=K/${scope.join("/")}, SignedHeaders=date;host, Signature=${signature}`;
  const principal = { credentials: { secretAccessKey: "secret" } };
  expect(
    verify({ method: "GET", url: "/", headers: { host: "h", date, authorization } }, undefined, {
      find: () => principal,
    }),
  ).toEqual({ ok: true, principal });
});

type Headers = Record<string, string>;
const incomplete = "IncompleteSignatureException";
const invalid = "InvalidSignatureException";
const unrecognized = "UnrecognizedClientException";
const badToken = "The security token included in the request is invalid.";
const edit = (search: string | RegExp, replacement: string) => (headers: Headers) => ({
  ...headers,
  authorization: (headers["authorization"] ?? "").replace(search, replacement),
});
const without = (name: string) => (headers: Headers) =>
  Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
const withHeader = (name: string, value: string) => (headers: Headers) => ({ ...headers, [name]: value });

test.each<[string, (headers: Headers) => Headers, string, string]>([
  [
    "no signature",
    without("authorization"),
    "MissingAuthenticationTokenException",
    "Missing Authentication Token",
  ],
  [
    "an unsupported algorithm",
    edit("HMAC", "HMOC"),
    incomplete,
    "Unsupported AWS 'algorithm': 'AWS4-HMOC-SHA256'.",
  ],
  [
    "a bearer token",
    withHeader("authorization", "Bearer x"),
    incomplete,
    "Unsupported AWS 'algorithm': 'Bearer'.",
  ],
  [
    "an Authorization parameter without a value",
    withHeader("authorization", "AWS4-HMAC-SHA256 x"),
    incomplete,
    "'x' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 x'.",
  ],
  [
    "missing Authorization parameters",
    withHeader("authorization", "AWS4-HMAC-SHA256 SignedHeaders=host, Signature="),
    incomplete,
    "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter.",
  ],
  [
    "too many Credential elements",
    edit(/Credential=[^,]*/, "Credential=a/b/20261121/r/sqs/aws4_request"),
    incomplete,
    "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/20261121/r/sqs/aws4_request'",
  ],
  [
    "an invalid Credential terminator",
    edit("aws4_request", "aws5"),
    incomplete,
    "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'.",
  ],
  [
    "an unsigned host",
    edit("SignedHeaders=host;", "SignedHeaders="),
    incomplete,
    "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
  ],
  [
    "no signing time",
    without("x-amz-date"),
    incomplete,
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
  ],
  ...["20261321T010203Z", "2026-11-21T01:02:03Z", "now"].map(
    (time): [string, (headers: Headers) => Headers, string, string] => [
      `the signing time ${time}`,
      withHeader("x-amz-date", time),
      incomplete,
      `Date must be in ISO-8601 'basic format'. Got '${time}'.`,
    ],
  ),
  [
    "another date in the Credential scope",
    edit("/20261121/", "/20261120/"),
    invalid,
    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261120' != '20261121', from '20261121T010203Z'.",
  ],
  [
    "another region in the Credential scope",
    edit(REGION, "eu-west-1"),
    invalid,
    "Credential should be scoped to a valid region, not 'eu-west-1'.",
  ],
  [
    "another service in the Credential scope",
    edit("/sqs/", "/sns/"),
    invalid,
    "Credential should be scoped to correct service: 'sqs'.",
  ],
  ["an unknown access key", edit("ASIAEXAMPLE", "ASIAOTHER"), unrecognized, badToken],
  ["another session token", withHeader("x-amz-security-token", "other"), unrecognized, badToken],
  ["no session token", without("x-amz-security-token"), unrecognized, badToken],
  [
    "signed headers in another order",
    edit(/SignedHeaders=host;([^,]*)/, "SignedHeaders=$1;host"),
    invalid,
    mismatch.message,
  ],
  [
    "signed headers named like object properties",
    edit("SignedHeaders=", "SignedHeaders=__proto__;constructor;"),
    invalid,
    mismatch.message,
  ],
  ["a missing signed header", edit("SignedHeaders=", "SignedHeaders=accept;"), invalid, mismatch.message],
])("a request with %s is refused", async (_description, change, errorType, message) => {
  const { headers, ...request } = await sign();
  expect(verify({ ...request, headers: change(headers) })).toEqual({ ok: false, errorType, message });
});

test("a request with a session token is refused for credentials without one", async () => {
  const principal = { credentials: { secretAccessKey: CREDENTIALS.secretAccessKey } };
  expect(verify(await sign(), undefined, { find: () => principal })).toEqual({
    ok: false,
    errorType: unrecognized,
    message: badToken,
  });
});

test("a signature made with another secret key is refused", async () => {
  expect(verify(await sign({}, { ...CREDENTIALS, secretAccessKey: "other" }))).toEqual(mismatch);
});

test("a request with an unsigned payload is refused, as by every service except S3", async () => {
  const headers = { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
  const body = Buffer.from("{}");
  expect(verify(await sign({ headers, body }), body)).toEqual(mismatch);
});

const MINUTE_MS = 60_000;
test.each([
  [5 * MINUTE_MS, undefined],
  [-5 * MINUTE_MS, undefined],
  [
    5 * MINUTE_MS + 1000,
    "Signature expired: 20261121T010203Z is now earlier than 20261121T010204Z (20261121T010704Z - 5 min.)",
  ],
  [
    -5 * MINUTE_MS - 1000,
    "Signature not yet current: 20261121T010203Z is still later than 20261121T010202Z (20261121T005702Z + 5 min.)",
  ],
])("%i ms after signing, verification returns the error %s", async (elapsedMs, message) => {
  const verified = verify(await sign(), undefined, { nowMs: AT.getTime() + elapsedMs });
  expect(verified).toEqual(message === undefined ? OK : { ok: false, errorType: invalid, message });
});

/** `text` with one character replaced. */
const replaceOne = (text: string, position: number, replacement: string) => {
  const index = position % text.length;
  const other = text[index] === replacement ? "_" : replacement;
  return text.slice(0, index) + other + text.slice(index + 1);
};

const token = fc.stringMatching(/^[a-zA-Z0-9]{1,12}$/);

test("a request with any signed part changed is refused", async () => {
  const property = fc.asyncProperty(
    fc.record({ path: token, name: token, value: token, note: token, body: fc.uint8Array({ minLength: 1 }) }),
    fc.nat(),
    fc.constantFrom(..."abcXYZ019"),
    async ({ path, name, value, note, body }, position, replacement) => {
      const bytes = Buffer.from(body);
      const at = `/s/@connections/${path}%3D`;
      const request = await sign({
        path: at,
        query: { [name]: value },
        headers: { "x-note": note },
        body: bytes,
      });
      expect(verify(request, bytes)).toEqual(OK);

      const change = (text: string) => replaceOne(text, position, replacement);
      const { method = "", headers } = request;
      const inHeader = (key: string) => ({
        ...request,
        headers: { ...headers, [key]: change(headers[key] ?? "") },
      });
      const authorization = headers["authorization"] ?? "";
      const inPart = (part: string) => {
        const [, before = "", text = "", after = ""] =
          new RegExp(`^(.*${part}=)([^,]*)(.*)$`).exec(authorization) ?? [];
        return { ...request, headers: { ...headers, authorization: `${before}${change(text)}${after}` } };
      };
      const otherBytes = Buffer.from(bytes);
      const index = position % bytes.length;
      otherBytes[index] = (bytes[index] ?? 0) ^ (1 + (position % 255));

      const changed: readonly (readonly [ReceivedRequest, Buffer])[] = [
        [{ ...request, method: change(method) }, bytes],
        [{ ...request, url: `/s/@connections/${change(`${path}%3D`)}?${name}=${value}` }, bytes],
        [{ ...request, url: `${at}?${change(name)}=${value}` }, bytes],
        [{ ...request, url: `${at}?${name}=${change(value)}` }, bytes],
        [{ ...request, url: at }, bytes],
        ...["host", "x-note", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"].map(
          (key) => [inHeader(key), bytes] as const,
        ),
        ...["Credential", "SignedHeaders", "Signature"].map((part) => [inPart(part), bytes] as const),
        [request, otherBytes],
        [request, bytes.subarray(1)],
      ];
      expect(changed.map(([tampered, tamperedBody]) => verify(tampered, tamperedBody).ok)).toEqual(
        changed.map(() => false),
      );
    },
  );
  await fc.assert(property, { numRuns: 100 });
});

test("SDK signatures of arbitrary paths and parameters are valid", async () => {
  const property = fc.asyncProperty(
    fc.array(fc.string({ unit: "grapheme" }), { maxLength: 4 }),
    fc.dictionary(
      fc.string({ unit: "grapheme", minLength: 1 }).filter((name) => name !== "__proto__"),
      fc.array(fc.string({ unit: "grapheme" }), { minLength: 1, maxLength: 3 }),
    ),
    async (segments, query) => {
      const path = `/${segments.map(encodeURIComponent).join("/")}`;
      expect(verify(await sign({ path, query }))).toEqual(OK);
    },
  );
  await fc.assert(property, { numRuns: 200 });
});
