import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readConfiguration } from "#emulator/program/configuration.ts";

/* Does not prove that Pulumi itself reads these files so. */
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

test("the stack's values go over the project's defaults, and what is given over both", async () => {
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

test("a key that the project does not declare is refused, with those that it does", async () => {
  const directory = await project("config: { aws:region: eu-west-1 }");
  await expect(readConfiguration(directory, "dev", { stagee: "x" })).rejects.toThrow(
    "Expected --config to name a key of Pulumi.yaml (stage, size, open, aws:profile), got stagee.",
  );
});

test("a secret is refused, with how to give its value", async () => {
  const directory = await project("config: { aws:region: eu-west-1, demo:stage: { secure: AAAB } }");
  await expect(readConfiguration(directory, "dev", {})).rejects.toThrow(
    "Pulumi.dev.yaml keeps demo:stage as a secret, which only Pulumi can decrypt. Give it to this run: --config demo:stage=VALUE",
  );
  expect((await readConfiguration(directory, "dev", { stage: "given" })).values["demo:stage"]).toBe("given");
});

test("a stack without a region is refused", async () => {
  const directory = await project("config: {}");
  await expect(readConfiguration(directory, "dev", {})).rejects.toThrow(
    "Expected aws:region to be set, in Pulumi.dev.yaml or by --config aws:region=us-east-1.",
  );
});
