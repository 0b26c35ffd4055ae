import type { LocalStack } from "#emulator/stack.ts";

/** @throws {Error} if the stack output is not a string. */
export function output(stack: LocalStack, name: string): string {
  const value = stack.outputs[name];
  if (typeof value === "string") return value;
  throw new Error(`Expected the stack output ${name} to be a string, got ${JSON.stringify(value)}.`);
}
