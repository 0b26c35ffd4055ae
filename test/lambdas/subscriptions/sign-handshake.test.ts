import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { signHandshake } from "../../../lambdas/subscriptions/sign-handshake.ts";

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
  const scope = "20261121/us-east-1/neptune-db/aws4_request";
  const key = ["20261121", "us-east-1", "neptune-db", "aws4_request"].reduce<string | Buffer>(
    hmac,
    "AWS4example-secret",
  );
  const signature = hmac(
    key,
    ["AWS4-HMAC-SHA256", "20261121T010203Z", scope, sha256(request)].join("\n"),
  ).toString("hex");

  expect(await signHandshake(URL, { region: "us-east-1", credentials: CREDENTIALS }, AT)).toEqual({
    host: HOST,
    "x-amz-date": "20261121T010203Z",
    "x-amz-security-token": "example-session",
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  });
});
