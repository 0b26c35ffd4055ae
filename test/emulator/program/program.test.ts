import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readConfiguration } from "#emulator/program/configuration.ts";
import { evaluateProgram } from "#emulator/program/evaluate.ts";
import { replaceOriginsIn } from "#emulator/program/origins.ts";
import { readFunctions } from "#emulator/program/read-functions.ts";
import { readMappings } from "#emulator/program/read-mappings.ts";
import { readQueues } from "#emulator/program/read-queues.ts";
import { readSchedules } from "#emulator/program/read-schedules.ts";
import { readSites } from "#emulator/program/read-sites.ts";
import { checkResourceTypes } from "#emulator/program/resource-types.ts";
import { program } from "./declared.ts";

/* The evaluation of a Pulumi program, on the program of this project. Does not prove that AWS returns the same outputs. */

const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));

test("the program of this project evaluates to supported resources and known outputs", async () => {
  const configuration = await readConfiguration(PROJECT, "dev", {});
  const declared = await evaluateProgram(PROJECT, configuration);
  checkResourceTypes(declared, configuration.project);
  const functions = readFunctions(declared);
  expect(functions.map((fn) => [fn.logicalName, Object.fromEntries(fn.aliases)]).sort()).toEqual(
    ["authorize", "notify", "operate", "publish", "sweep", "watch"].map((name) => [name, { next: "1" }]),
  );
  const arns = new Map(functions.map((fn) => [`${fn.arn}:next`, fn.logicalName]));
  const queues = new Map(
    readQueues(declared).map(({ arn, name }) => [arn, name.replace(/-[0-9a-f]{7}$/, "")]),
  );
  const mappings = readMappings(declared, functions);
  expect(mappings.map((each) => [queues.get(each.queueArn), arns.get(each.functionArn)]).sort()).toEqual([
    ["notify-connection", "notify"],
    ["notify-page", "notify"],
    ["notify-user", "notify"],
  ]);
  expect(readSchedules(declared, functions).map((each) => arns.get(each.functionArn))).toEqual(["sweep"]);
  expect(
    readSites(declared).map(({ isReadable, rootObject, objects }) => [isReadable, objects.has(rootObject)]),
  ).toEqual([[true, true]]);
  const [site] = readSites(declared);
  expect(site?.headers["content-security-policy"]).toContain(
    `connect-src 'self' ${new URL(String(declared.outputs["watchUrl"])).origin};`,
  );
  expect(JSON.stringify(declared.outputs)).not.toContain("unknown");
});

test("evaluateProgram throws the error message of a failing program", async () => {
  const configuration = await readConfiguration(PROJECT, "dev", { logRetentionDays: "2" });
  await expect(evaluateProgram(PROJECT, configuration)).rejects.toThrow(
    /^The Pulumi program failed:\nExpected ticker-watch:logRetentionDays to be one of 1, 3, .* got 2\. Run: pulumi config set logRetentionDays 14$/,
  );
});

test("checkResourceTypes throws for an unsupported resource type", () => {
  expect(() =>
    checkResourceTypes(
      program(
        ["aws:sns/platformApplication:PlatformApplication", "t", "t1", {}],
        ["demo:infra:X", "x", "x", {}],
      ),
      "demo",
    ),
  ).toThrow(
    "Expected resource types that the local stack supports, got aws:sns/platformApplication:PlatformApplication. Serve them, or list them in emulator/program/resource-types.ts with the reason why they have no effect.",
  );
});

test("replaceOriginsIn replaces only the given origins, in nested strings too", () => {
  const origins = new Map([
    ["https://a.example", "http://127.0.0.1:1"],
    ["wss://a.example", "ws://127.0.0.1:2"],
  ]);
  const value = {
    url: "https://a.example/x",
    list: ["wss://a.example/y", 3, null],
    other: "https://b.example",
  };
  expect(replaceOriginsIn(value, origins)).toEqual({
    url: "http://127.0.0.1:1/x",
    list: ["ws://127.0.0.1:2/y", 3, null],
    other: "https://b.example",
  });
});
