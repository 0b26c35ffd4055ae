import type { DeclaredFunction } from "#emulator/program/read-functions.ts";

export const FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:watch";

/** A function with version 1, its alias `next`, and an alias `stale` of a deleted version. */
export function declareFunction(changes: Partial<DeclaredFunction> = {}): DeclaredFunction {
  return {
    logicalName: "watch",
    name: "watch",
    arn: FUNCTION_ARN,
    version: "1",
    handler: "index.handler",
    timeoutSeconds: 3,
    memoryMb: 128,
    environment: {},
    logGroup: "watch",
    isInVpc: false,
    code: {},
    aliases: new Map([
      ["next", "1"],
      ["stale", "0"],
    ]),
    permissions: [],
    ...changes,
  };
}
