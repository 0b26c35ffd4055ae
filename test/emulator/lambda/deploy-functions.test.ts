/* Environment variables of deployed functions. Does not prove the environment on Lambda. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { deployFunctions } from "#emulator/lambda/deploy-functions.ts";
import { declareFunction, FUNCTION_ARN } from "../declare-function.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const code = { "index.mjs": base64("export const handler = () => [process.env.A, process.env.B];") };
const functions = [
  declareFunction({ code, environment: { A: "a", B: "https://sqs.us-east-1.api.aws" } }),
  declareFunction({ code, environment: { A: "other" }, logicalName: "other", arn: `${FUNCTION_ARN}-other` }),
];

/** The variables A and B in each function. */
async function run(environment: Readonly<Record<string, string>>): Promise<readonly unknown[]> {
  const directory = mkdtempSync(join(tmpdir(), "deploy-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const deployed = await deployFunctions(functions, {
    region: "us-east-1",
    projectDirectory: directory,
    directory,
    origins: new Map([["https://sqs.us-east-1.api.aws", "http://127.0.0.1:1"]]),
    environment,
    trustedCertificates: "/dev/null",
    credentialsOf: () => ({ accessKeyId: "key", secretAccessKey: "secret", sessionToken: "token" }),
    onLog: () => {},
  });
  const pools = [...deployed.values()];
  onTestFinished(async () => {
    for (const pool of pools) await pool[Symbol.asyncDispose]();
  });
  const results = await Promise.all(pools.map((pool) => pool.invoke({})));
  return results.map((result) => (result.outcome === "returned" ? result.payload : result.message));
}

test("a function has its declared variables, with AWS origins replaced by loopback URLs", async () => {
  expect(await run({})).toEqual([
    ["a", "http://127.0.0.1:1"],
    ["other", null],
  ]);
});

test("an environment override applies only to functions that declare the variable", async () => {
  expect(await run({ B: "given" })).toEqual([
    ["a", "given"],
    ["other", null],
  ]);
});

test("an environment override that no function declares throws", async () => {
  await expect(run({ A: "x", C: "x" })).rejects.toThrow(
    "Expected variables that functions declare (A, B) in environment, got C.",
  );
});
