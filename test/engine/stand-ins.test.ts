/**
 * The input checks and generated outputs of the stand-in AWS provider, which the engine tests depend on. Does
 * not prove that AWS behaves the same.
 */
import { describe, expect, test } from "vitest";
import { checkInputs, UNKNOWN } from "./stand-ins/check-inputs.ts";
import { createResource, diffInputs, previewResource, updateResource } from "./stand-ins/resources.ts";

const ALIAS = "aws:lambda/alias:Alias";
const FUNCTION = "aws:lambda/function:Function";

describe("checkInputs", () => {
  const alias = { name: "next", functionName: UNKNOWN, functionVersion: "1" };

  test("checkInputs accepts required and optional properties", () => {
    expect(checkInputs(ALIAS, { ...alias, description: "Next", routingConfig: {} })).toEqual([]);
  });

  test("checkInputs reports an unknown property", () => {
    expect(checkInputs(ALIAS, { ...alias, functionNames: [] })).toEqual([
      {
        property: "functionNames",
        reason: `Expected one of description, functionName, functionVersion, name, region, routingConfig, got functionNames.`,
      },
    ]);
  });

  test("checkInputs reports a missing required property", () => {
    expect(checkInputs(ALIAS, { ...alias, functionVersion: null })).toEqual([
      { property: "functionVersion", reason: "Expected functionVersion, got none." },
    ]);
  });

  test("checkInputs reports properties in nested objects and lists", () => {
    expect(checkInputs(FUNCTION, { role: "arn", vpcConfig: { subnetIds: [], securityGroups: [] } })).toEqual([
      { property: "vpcConfig.securityGroupIds", reason: "Expected vpcConfig.securityGroupIds, got none." },
      {
        property: "vpcConfig.securityGroups",
        reason:
          "Expected one of ipv6AllowedForDualStack, securityGroupIds, subnetIds, vpcId, got vpcConfig.securityGroups.",
      },
    ]);
    const { property } =
      checkInputs("awsx:ec2:Vpc", { subnetSpecs: [{ type: "Isolated", sice: 1 }] })[0] ?? {};
    expect(property).toBe("subnetSpecs.sice");
  });
});

describe("diffInputs", () => {
  test("diffInputs replaces for immutable properties and updates for others", () => {
    const before = { name: "next", functionName: "worker", functionVersion: "1" };
    expect(diffInputs(ALIAS, before, { ...before, functionVersion: "2" })).toEqual({
      changed: ["functionVersion"],
      replaces: [],
    });
    expect(diffInputs(ALIAS, before, { ...before, name: "last" })).toEqual({
      changed: ["name"],
      replaces: ["name"],
    });
  });

  test("diffInputs compares files by hash, not by path", () => {
    const file = (hash: string, path: string) => ({
      code: { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", hash, path },
    });
    expect(diffInputs(FUNCTION, file("1", "a"), file("1", "b")).changed).toEqual([]);
    expect(diffInputs(FUNCTION, file("1", "a"), file("2", "a")).changed).toEqual(["code"]);
  });
});

describe("resources", () => {
  const inputs = { role: "arn:aws:iam::1:role/worker", publish: true, timeout: 3 };

  test("previewResource throws for a type without an entry in replacing-properties.ts", () => {
    expect(() => previewResource("aws:sns/topic:Topic", {})).toThrow(
      "Expected an entry for aws:sns/topic:Topic in replacing-properties.ts, got none. Add its ForceNew properties.",
    );
  });

  test("createResource generates a unique id", () => {
    const [first, second] = [1, 2].map(() => createResource(FUNCTION, "worker", inputs, "us-east-1").id);
    expect(first).toMatch(/^worker-[0-9a-f]{8}$/);
    expect(first).not.toBe(second);
  });

  test("previewResource returns the inputs and unknown outputs", () => {
    expect(previewResource(FUNCTION, inputs)).toMatchObject({ ...inputs, arn: UNKNOWN, version: UNKNOWN });
  });

  test("updateResource publishes a function version for changed settings, but not for changed concurrency", () => {
    const { outputs } = createResource(FUNCTION, "worker", inputs, "us-east-1");
    const update = (changes: object) => updateResource(FUNCTION, outputs, { ...inputs, ...changes }, false);
    expect(outputs["version"]).toBe("1");
    expect(update({ timeout: 4 })["version"]).toBe("2");
    expect(update({ reservedConcurrentExecutions: 5 })["version"]).toBe("1");
  });
});
