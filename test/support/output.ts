import type { LocalStack } from "#emulator/stack.ts";

/** An output of the stack that is a text. */
export function output(stack: LocalStack, name: string): string {
  const value = stack.outputs[name];
  if (typeof value === "string") return value;
  throw new Error(`Expected the stack to have a text output ${name}, got ${JSON.stringify(value)}.`);
}
