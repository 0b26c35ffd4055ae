import { expect, test } from "vitest";
import { COMMANDS } from "#operator/commands.ts";
import { runOperator } from "./run-operator.ts";

const NAMES = Object.keys(COMMANDS);

test("--help names every command on standard output, and ends with 0", async () => {
  const { code, stdout, stderr } = await runOperator(["--help"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const named = stdout.split("\n").map((line) => /^ {2}(\w+)/.exec(line)?.[1]);
  expect([...new Set(named.filter(Boolean))]).toEqual(NAMES);
});

test("without a command it says the same on standard error, and ends with 2", async () => {
  const { code, stdout, stderr } = await runOperator([]);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toBe((await runOperator(["--help"])).stdout);
});

test.each(["fly", "constructor"])("%s is no command", async (name) => {
  const { code, stderr } = await runOperator([name]);
  expect(code).toBe(2);
  expect(stderr).toBe(
    `Expected a command (${NAMES.join(", ")}), got ${name}.\nSee: npm run ticker -- --help\n`,
  );
});

test("a command's help needs no stack", async () => {
  const { code, stdout, stderr } = await runOperator(["publish", "--help"]);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${COMMANDS["publish"]?.help}\n`, stderr: "" });
});

test.each(NAMES)("%s --help shows how it is typed, and fits a wide terminal", (name) => {
  const { help = "" } = COMMANDS[name] ?? {};
  expect(help).toContain(`\n\nnpm run ticker -- ${name}`);
  for (const line of help.split("\n")) expect(line.length).toBeLessThanOrEqual(130);
});
