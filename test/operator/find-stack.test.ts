import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { findStack } from "#operator/find-stack.ts";
import { claimRunDirectory } from "#start/run-directory.ts";

const local = {
  watchUrl: "ws://127.0.0.1:1/development",
  publishUrl: "http://127.0.0.1:2/development",
  functionNames: { operate: "operate-1" },
  endpoints: { lambda: "http://127.0.0.1:3" },
  region: "us-east-1",
};
const deployed = {
  watchUrl: "wss://a.execute-api.eu-central-1.amazonaws.com/development",
  publishUrl: "https://b.execute-api.eu-central-1.amazonaws.com/development",
  functionNames: { operate: "operate-2" },
  publishToken: "a.b.c",
};

function folder(files: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), "ticker-watch-find-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

/** The directory of a stack that runs, with the text of its outputs file if it has one yet. */
function runningStack(outputs?: string): string {
  const directory = folder();
  const run = claimRunDirectory(directory);
  onTestFinished(() => run[Symbol.dispose]());
  if (outputs !== undefined) writeFileSync(join(directory, "outputs.json"), outputs);
  return directory;
}

/** A `pulumi` that answers so, and the words that it was given. */
function fakePulumi(script: string): void {
  const directory = folder({ pulumi: `#!/bin/sh\n${script}\n` });
  chmodSync(join(directory, "pulumi"), 0o755);
  vi.stubEnv("PATH", `${directory}${delimiter}${process.env["PATH"]}`);
  onTestFinished(() => void vi.unstubAllEnvs());
}

test("the outputs of a directory in use are a stack on this machine", async () => {
  expect(await findStack({ directory: runningStack(JSON.stringify(local)) })).toEqual({
    title: "the stack on this machine",
    watchUrl: local.watchUrl,
    publishUrl: local.publishUrl,
    operateFunction: "operate-1",
    region: "us-east-1",
    local: {
      lambdaUrl: "http://127.0.0.1:3",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    },
  });
});

test("credentials and secrets come along", async () => {
  const credentials = { accessKeyId: "AKIA", secretAccessKey: "s" };
  const secrets = { publishToken: "t", signingKey: "pem", tokenIssuer: "us" };
  const text = JSON.stringify({ ...local, credentials, ...secrets });
  const stack = await findStack({ directory: runningStack(text) });
  expect(stack).toMatchObject(secrets);
  expect(stack.local?.credentials).toEqual(credentials);
});

test.each([
  ["is empty", {}],
  [
    "contains outputs whose process id belongs to another process now",
    { ".ticker-watch": "", "outputs.json": JSON.stringify({ ...local, pid: process.ppid }) },
  ],
  ["contains a damaged file of a stack that ended", { ".ticker-watch": "", "outputs.json": "{" }],
])("a folder that was asked for and %s is no stack", async (_, files) => {
  fakePulumi("exit 9");
  const directory = folder(files);
  await expect(findStack({ directory })).rejects.toThrow(
    `No stack is running from ${directory}. Start one with: npm start -- --directory ${directory}`,
  );
});

test("the region of a stack on this machine is the one of its outputs", async () => {
  const directory = runningStack(JSON.stringify({ ...local, region: "eu-west-1" }));
  expect((await findStack({ directory })).region).toBe("eu-west-1");
});

test("a stack without outputs yet is reported as starting instead of using the deployed stack", async () => {
  const directory = runningStack();
  await expect(findStack({ directory })).rejects.toThrow(
    `Expected ${join(directory, "outputs.json")}, but the stack in ${directory} is still starting or already stopping.`,
  );
});

test.each(["{", "null", '{"pid":1}'])("outputs of a running stack that are %s are refused", async (text) => {
  const directory = runningStack(text);
  await expect(findStack({ directory })).rejects.toThrow(/^Expected .* to be what npm start writes/);
});

test("a name forces the deployed stack, whose outputs Pulumi tells with the secrets", async () => {
  fakePulumi(`[ "$*" = "stack output --json --show-secrets --non-interactive --stack dev" ] || exit 9
echo '${JSON.stringify(deployed)}'`);
  expect(await findStack({ stack: "dev" })).toEqual({
    title: "the deployed stack dev",
    name: "dev",
    watchUrl: deployed.watchUrl,
    publishUrl: deployed.publishUrl,
    operateFunction: "operate-2",
    region: "eu-central-1",
    publishToken: "a.b.c",
  });
});

test.each([
  ["a.execute-api.cn-north-1.amazonaws.com.cn", "cn-north-1"],
  ["a.execute-api.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"],
  ["a.execute-api.eu-west-1.api.aws", "eu-west-1"],
])("the region of a deployed stack at %s is %s", async (host, region) => {
  fakePulumi(`echo '${JSON.stringify({ ...deployed, publishUrl: `https://${host}/development` })}'`);
  expect((await findStack({ stack: "dev" })).region).toBe(region);
});

test("the watch URL names the region of a deployed stack when the publish URL does not", async () => {
  fakePulumi(`echo '${JSON.stringify({ ...deployed, publishUrl: "https://prices.example.com" })}'`);
  expect((await findStack({ stack: "dev" })).region).toBe("eu-central-1");
});

test("where no URL names a region, the environment does", async () => {
  const urls = { publishUrl: "https://prices.example.com", watchUrl: "wss://prices.example.com" };
  fakePulumi(`echo '${JSON.stringify({ ...deployed, ...urls })}'`);
  vi.stubEnv("AWS_REGION", "ap-southeast-2");
  expect((await findStack({ stack: "dev" })).region).toBe("ap-southeast-2");
});

test("what Pulumi says goes to the person", async () => {
  fakePulumi(`echo "error: no stack named 'dev' found" >&2; exit 255`);
  await expect(findStack({ stack: "dev" })).rejects.toThrow(
    "pulumi tells of no deployed one: no stack named 'dev' found\nSee pulumi stack ls for the names.",
  );
});

test("without Pulumi it says what to do", async () => {
  vi.stubEnv("PATH", folder());
  onTestFinished(() => void vi.unstubAllEnvs());
  await expect(findStack({ stack: "dev" })).rejects.toThrow(
    /pulumi.* is not there\. Start one with npm start/,
  );
});

test("outputs of something else are refused", async () => {
  fakePulumi("echo '{}'");
  await expect(findStack({ stack: "dev" })).rejects.toThrow(/Deploy it, or deploy it again: npm run up$/);
});

test("a name and a folder make no sense together", async () => {
  await expect(findStack({ stack: "a", directory: "b" })).rejects.toThrow(/got both\.$/);
});
