import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { signHandshake } from "#lambdas/graph/driver/sign-handshake.ts";

/*
 * Compares the signature with a second implementation of Signature Version 4, from its documentation. Does not prove that Neptune
 * accepts it. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
const URL = "wss://graph.cluster-abc.us-east-1.neptune.amazonaws.com:8182/gremlin";
const HOST = "graph.cluster-abc.us-east-1.neptune.amazonaws.com:8182";
const AT = new Date("2026-11-21T01:02:03Z");
const CREDENTIALS = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "example-secret",
  sessionToken: "example-session",
};

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** The signature of a canonical request. `time` is `20261121T010203Z`. */
function sign(
  canonicalRequest: string,
  secret: string,
  time: string,
  region: string,
  service: string,
): string {
  const scope = [time.slice(0, 8), region, service, "aws4_request"];
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, ["AWS4-HMAC-SHA256", time, scope.join("/"), sha256(canonicalRequest)].join("\n")).toString(
    "hex",
  );
}

test("the signer of this test reproduces the example signature of AWS", () => {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, the ListUsers request.
  const request = [
    "GET",
    "/",
    "Action=ListUsers&Version=2010-05-08",
    "content-type:application/x-www-form-urlencoded; charset=utf-8",
    "host:iam.amazonaws.com",
    "x-amz-date:20150830T123600Z",
    "",
    "content-type;host;x-amz-date",
    sha256(""),
  ].join("\n");
  expect(
    sign(request, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830T123600Z", "us-east-1", "iam"),
  ).toBe("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
});

test("signHandshake signs for neptune-db with host, port and an empty body", async () => {
  const names = "host;x-amz-date;x-amz-security-token";
  const request = [
    "GET",
    "/gremlin",
    "",
    `host:${HOST}`,
    "x-amz-date:20261121T010203Z",
    "x-amz-security-token:example-session",
    "",
    names,
    sha256(""),
  ].join("\n");
  const signature = sign(request, "example-secret", "20261121T010203Z", "us-east-1", "neptune-db");
  const credential = "AKIDEXAMPLE/20261121/us-east-1/neptune-db/aws4_request";

  expect(await signHandshake(URL, { region: "us-east-1", credentials: CREDENTIALS }, AT)).toEqual({
    host: HOST,
    "x-amz-date": "20261121T010203Z",
    "x-amz-security-token": "example-session",
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
  });
});
