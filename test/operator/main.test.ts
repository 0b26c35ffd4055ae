import { expect, test } from "vitest";
import { COMMANDS } from "#operator/commands.ts";
import { runInProcess, runOperator } from "./run-operator.ts";

const NAMES = Object.keys(COMMANDS);

test("--help lists every command on standard output and exits with 0", async () => {
  const { code, stdout, stderr } = await runOperator(["--help"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const named = stdout.split("\n").map((line) => /^ {2}(\w+)/.exec(line)?.[1]);
  expect([...new Set(named.filter(Boolean))]).toEqual(NAMES);
});

test("prints the help on standard error and exits with 2 without a command", async () => {
  const { code, stdout, stderr } = await runOperator([]);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toBe((await runInProcess(["--help"])).stdout);
});

test.each(["fly", "constructor"])("exits with 2 for the unknown command %s", async (name) => {
  const { code, stderr } = await runOperator([name]);
  expect(code).toBe(2);
  expect(stderr).toBe(`There is no command ${name}.\nSee: npm run ticker -- --help\n`);
});

test("prints the help of a command without a stack", async () => {
  const { code, stdout, stderr } = await runInProcess(["publish", "--help"]);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${COMMANDS["publish"]?.help}\n`, stderr: "" });
});

test.each(NAMES)("the help of %s shows its usage in lines of at most 130 characters", (name) => {
  const { help = "" } = COMMANDS[name] ?? {};
  expect(help).toContain(`\n\nnpm run ticker -- ${name}`);
  for (const line of help.split("\n")) expect(line.length).toBeLessThanOrEqual(130);
});
