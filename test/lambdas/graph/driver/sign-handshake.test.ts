import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { signHandshake } from "#lambdas/graph/driver/sign-handshake.ts";

/*
 * Does not prove that Neptune accepts the signature: only that it is what AWS's description of Signature Version 4 says,
 * computed here a second time by hand: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
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

/** The signature of a canonical request, by hand. `time` is `20261121T010203Z`. */
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

test("the signer by hand gives the signature that AWS publishes for its example", () => {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, the call of ListUsers.
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

test("a handshake is signed for neptune-db, with host and port, and an empty body", async () => {
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
