/**
 * What the stand-in of the AWS provider refuses and invents, since the tests of the engine rest on it. Does not prove that AWS
 * does the same.
 */
import { describe, expect, test } from "vitest";
import { checkInputs, UNKNOWN } from "./stand-ins/check-inputs.ts";
import { createResource, diffInputs, previewResource, updateResource } from "./stand-ins/resources.ts";

const ALIAS = "aws:lambda/alias:Alias";
const FUNCTION = "aws:lambda/function:Function";

describe("inputs", () => {
  const alias = { name: "next", functionName: UNKNOWN, functionVersion: "1" };

  test("pass with what the type must have, and what it may", () => {
    expect(checkInputs(ALIAS, { ...alias, description: "Next", routingConfig: {} })).toEqual([]);
  });

  test("are refused with a property that the type does not have", () => {
    expect(checkInputs(ALIAS, { ...alias, functionNames: [] })).toEqual([
      {
        property: "functionNames",
        reason: `Expected one of description, functionName, functionVersion, name, region, routingConfig, got functionNames.`,
      },
    ]);
  });

  test("are refused without a property that the type must have", () => {
    expect(checkInputs(ALIAS, { ...alias, functionVersion: null })).toEqual([
      { property: "functionVersion", reason: "Expected functionVersion to be given." },
    ]);
  });

  test("are looked into, lists too", () => {
    expect(checkInputs(FUNCTION, { role: "arn", vpcConfig: { subnetIds: [], securityGroups: [] } })).toEqual([
      { property: "vpcConfig.securityGroupIds", reason: "Expected vpcConfig.securityGroupIds to be given." },
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

describe("a difference", () => {
  test("replaces where AWS cannot change what there is, and else updates", () => {
    const before = { name: "next", functionName: "ask", functionVersion: "1" };
    expect(diffInputs(ALIAS, before, { ...before, functionVersion: "2" })).toEqual({
      changed: ["functionVersion"],
      replaces: [],
    });
    expect(diffInputs(ALIAS, before, { ...before, name: "last" })).toEqual({
      changed: ["name"],
      replaces: ["name"],
    });
  });

  test("of files is that of their hashes", () => {
    const file = (hash: string, path: string) => ({
      code: { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", hash, path },
    });
    expect(diffInputs(FUNCTION, file("1", "a"), file("1", "b")).changed).toEqual([]);
    expect(diffInputs(FUNCTION, file("1", "a"), file("2", "a")).changed).toEqual(["code"]);
  });
});

describe("a resource", () => {
  const inputs = { role: "arn:aws:iam::1:role/ask", publish: true, timeout: 3 };

  test("is refused when nobody has looked up which properties replace it", () => {
    expect(() => previewResource("aws:sns/topic:Topic", {})).toThrow(
      "Expected replacing-properties.ts to say which properties of aws:sns/topic:Topic replace it: add them.",
    );
  });

  test("has an id that none had before", () => {
    const [one, other] = [1, 2].map(() => createResource(FUNCTION, "ask", inputs, "us-east-1").id);
    expect(one).toMatch(/^ask-[0-9a-f]{8}$/);
    expect(one).not.toBe(other);
  });

  test("is, before it is made, what it is given and otherwise unknown", () => {
    expect(previewResource(FUNCTION, inputs)).toMatchObject({ ...inputs, arn: UNKNOWN, version: UNKNOWN });
  });

  test("that is a function gets a version for its code and settings, and none for its concurrency", () => {
    const { outputs } = createResource(FUNCTION, "ask", inputs, "us-east-1");
    const update = (changes: object) => updateResource(FUNCTION, outputs, { ...inputs, ...changes }, false);
    expect(outputs["version"]).toBe("1");
    expect(update({ timeout: 4 })["version"]).toBe("2");
    expect(update({ reservedConcurrentExecutions: 5 })["version"]).toBe("1");
  });
});
