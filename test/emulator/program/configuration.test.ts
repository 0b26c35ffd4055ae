import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readConfiguration } from "#emulator/program/configuration.ts";

/* How the configuration of a stack is read. Does not prove that Pulumi reads these files in the same way. */

const PROJECT = `
name: demo
config:
  stage: { type: string, default: development }
  size: { type: integer, default: 2 }
  open: { type: boolean }
  aws:profile: { value: none }
`;

async function project(stackFile: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "ticker-watch-config-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, "Pulumi.yaml"), PROJECT);
  await writeFile(join(directory, "Pulumi.dev.yaml"), stackFile);
  return directory;
}

test("overrides take precedence over values of the stack, and those over defaults of the project", async () => {
  const directory = await project("config: { aws:region: eu-west-1, demo:size: 3, demo:stage: test }");
  expect(await readConfiguration(directory, "dev", { open: "true", "demo:stage": "mine" })).toEqual({
    project: "demo",
    stack: "dev",
    region: "eu-west-1",
    values: {
      "aws:profile": "none",
      "aws:region": "eu-west-1",
      "demo:stage": "mine",
      "demo:size": "3",
      "demo:open": "true",
    },
  });
});

test("readConfiguration rejects an undeclared key and lists the declared ones", async () => {
  const directory = await project("config: { aws:region: eu-west-1 }");
  await expect(readConfiguration(directory, "dev", { stagee: "x" })).rejects.toThrow(
    "Expected --config to name a key of Pulumi.yaml (stage, size, open, aws:profile), got stagee.",
  );
});

test("readConfiguration rejects a secret without an override", async () => {
  const directory = await project("config: { aws:region: eu-west-1, demo:stage: { secure: AAAB } }");
  await expect(readConfiguration(directory, "dev", {})).rejects.toThrow(
    "Expected demo:stage in Pulumi.dev.yaml to be plain text, got a secret, which only Pulumi can decrypt. Pass it with --config demo:stage=VALUE.",
  );
  expect((await readConfiguration(directory, "dev", { stage: "given" })).values["demo:stage"]).toBe("given");
});

test("readConfiguration rejects a stack without a region", async () => {
  const directory = await project("config: {}");
  await expect(readConfiguration(directory, "dev", {})).rejects.toThrow(
    "Expected aws:region in the configuration, got none. Set it in Pulumi.dev.yaml or with --config aws:region=us-east-1.",
  );
});
