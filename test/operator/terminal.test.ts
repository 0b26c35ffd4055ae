import { expect, onTestFinished, test, vi } from "vitest";
import { harmless, isColored } from "../../operator/terminal.ts";

const terminal = { isTTY: true } as NodeJS.WriteStream;
const pipe = {} as NodeJS.WriteStream;

test.each([
  ["a terminal", terminal, {}, true],
  ["a pipe", pipe, {}, false],
  ["a terminal whose owner wants no colours", terminal, { NO_COLOR: "1" }, false],
  ["a terminal with an empty NO_COLOR", terminal, { NO_COLOR: "" }, true],
  ["a terminal that has none", terminal, { TERM: "dumb" }, false],
] as const)("%s", (_, stream, environment, colored) => {
  vi.stubEnv("NO_COLOR", undefined);
  vi.stubEnv("TERM", "xterm");
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(isColored(stream)).toBe(colored);
});

test("a text of somebody else's cannot move the cursor", () => {
  expect(harmless("a\x1b[2Jb\r\nc\x07d\x9be")).toBe("ab c d e");
});
