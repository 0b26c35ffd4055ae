import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { jwtVerify } from "jose";
import { expect, test } from "vitest";
import { fakeStack } from "./fake-stack.ts";
import { runInProcess } from "./run-operator.ts";

const { privateKey } = generateKeyPairSync("ed25519");
const signingKey = privateKey.export({ type: "pkcs8", format: "pem" });
const tokenIssuer = "https://tokens.example.com";

async function run(args: readonly string[], outputs: object = { signingKey, tokenIssuer }) {
  const { directory } = await fakeStack({ outputs });
  return await runInProcess(["token", ...args, "--directory", directory]);
}

test.each([
  [["user003"], "ticker-watch:watch", 12],
  [["user003", "--publish", "--hours", "0.5"], "ticker-watch:publish", 0.5],
])("token %j prints only a token for %s valid for %d hours", async (args, audience, hours) => {
  const { code, stdout, stderr } = await run(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const { payload } = await jwtVerify(stdout.trim(), createPublicKey(privateKey), {
    issuer: tokenIssuer,
    audience,
    algorithms: ["EdDSA"],
  });
  expect(payload).toMatchObject({ sub: "user003", exp: Number(payload.iat) + hours * 3600 });
});

test("token exits with 1 for a stack without a signing key", async () => {
  const { code, stdout, stderr } = await run(["user003"], {});
  expect([code, stdout, stderr]).toEqual([1, "", expect.stringContaining("got no signingKey")]);
});

test.each([
  ["text", "one that cannot be read"],
  [
    generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }),
    "one of the type ec",
  ],
])("token rejects another type of key without printing it (%#)", async (key, got) => {
  const { code, stderr } = await run(["user003"], { signingKey: key, tokenIssuer });
  expect(code).toBe(1);
  expect(stderr).toBe(
    `Expected the output signingKey to be an Ed25519 key in PEM (BEGIN PRIVATE KEY), got ${got}.\n`,
  );
});

test.each([[[]], [["a b"]], [["a", "--hours", "0"]]])("token %j exits with 2", async (args) => {
  expect((await run(args)).code).toBe(2);
});
