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

/** The directory of a running stack. @param outputs text of outputs.json; `undefined`: not written yet. */
function runningStack(outputs?: string): string {
  const directory = folder();
  const run = claimRunDirectory(directory);
  onTestFinished(() => run[Symbol.dispose]());
  if (outputs !== undefined) writeFileSync(join(directory, "outputs.json"), outputs);
  return directory;
}

/** Puts a `pulumi` command with this shell script on PATH. */
function fakePulumi(script: string): void {
  const directory = folder({ pulumi: `#!/bin/sh\n${script}\n` });
  chmodSync(join(directory, "pulumi"), 0o755);
  vi.stubEnv("PATH", `${directory}${delimiter}${process.env["PATH"]}`);
  onTestFinished(() => void vi.unstubAllEnvs());
}

test("finds the local stack of a directory in use", async () => {
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

test("reads credentials and secrets from the outputs", async () => {
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
])("throws for a directory without a running stack that %s", async (_, files) => {
  fakePulumi("exit 9");
  const directory = folder(files);
  await expect(findStack({ directory })).rejects.toThrow(
    `No stack is running in ${directory}. Start one: npm start -- --directory ${directory}`,
  );
});

test("takes the region of a local stack from its outputs", async () => {
  const directory = runningStack(JSON.stringify({ ...local, region: "eu-west-1" }));
  expect((await findStack({ directory })).region).toBe("eu-west-1");
});

test("throws for a running stack without outputs instead of using the deployed stack", async () => {
  const directory = runningStack();
  await expect(findStack({ directory })).rejects.toThrow(
    `Expected ${join(directory, "outputs.json")}, but the stack in ${directory} is still starting or already stopping.`,
  );
});

test.each(["{", "null", '{"pid":1}'])("throws for a running stack whose outputs are %s", async (text) => {
  const directory = runningStack(text);
  await expect(findStack({ directory })).rejects.toThrow(/^Expected .* to contain watchUrl/);
});

test("reads the outputs of a deployed stack with its secrets from Pulumi", async () => {
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
])("takes the region of a deployed stack from the host %s: %s", async (host, region) => {
  fakePulumi(`echo '${JSON.stringify({ ...deployed, publishUrl: `https://${host}/development` })}'`);
  expect((await findStack({ stack: "dev" })).region).toBe(region);
});

test("takes the region from the watch URL when the publish URL does not contain it", async () => {
  fakePulumi(`echo '${JSON.stringify({ ...deployed, publishUrl: "https://prices.example.com" })}'`);
  expect((await findStack({ stack: "dev" })).region).toBe("eu-central-1");
});

test("takes the region from AWS_REGION when no URL contains it", async () => {
  const urls = { publishUrl: "https://prices.example.com", watchUrl: "wss://prices.example.com" };
  fakePulumi(`echo '${JSON.stringify({ ...deployed, ...urls })}'`);
  vi.stubEnv("AWS_REGION", "ap-southeast-2");
  expect((await findStack({ stack: "dev" })).region).toBe("ap-southeast-2");
});

test("passes on the error message of Pulumi", async () => {
  fakePulumi(`echo "error: no stack named 'dev' found" >&2; exit 255`);
  await expect(findStack({ stack: "dev" })).rejects.toThrow(
    "Could not read stack outputs: no stack named 'dev' found\nList the stacks: pulumi stack ls",
  );
});

test("names the Pulumi CLI and its download page when it is not on PATH", async () => {
  vi.stubEnv("PATH", folder());
  onTestFinished(() => void vi.unstubAllEnvs());
  await expect(findStack({ stack: "dev" })).rejects.toThrow(
    "--stack needs the Pulumi CLI, which is not on PATH: https://www.pulumi.com/docs/iac/download-install/",
  );
});

test("throws for a deployed stack without the expected outputs", async () => {
  fakePulumi("echo '{}'");
  await expect(findStack({ stack: "dev" })).rejects.toThrow(/Deploy the stack: npm run up$/);
});

test("throws for a stack name together with a directory", async () => {
  await expect(findStack({ stack: "a", directory: "b" })).rejects.toThrow(/got both\.$/);
});
