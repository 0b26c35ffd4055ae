import { Writable } from "node:stream";
import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { Screen } from "#operator/screen.ts";
import {
  isColored,
  Progress,
  stripControlChars,
  stripControlCharsDeep,
  Terminal,
} from "#operator/terminal.ts";
import { ANY_CONTROL, CONTROL_CHARACTERS, hostileText, PRINTABLE } from "#support/control-characters.ts";

const terminal = { isTTY: true };
const pipe = {};

test.each([
  ["a terminal", terminal, {}, true],
  ["a pipe", pipe, {}, false],
  ["a terminal with NO_COLOR", terminal, { NO_COLOR: "1" }, false],
  ["a terminal with an empty NO_COLOR", terminal, { NO_COLOR: "" }, true],
  ["a terminal with TERM=dumb", terminal, { TERM: "dumb" }, false],
] as const)("isColored for %s", (_, stream, environment, colored) => {
  vi.stubEnv("NO_COLOR", undefined);
  vi.stubEnv("TERM", "xterm");
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(isColored(stream)).toBe(colored);
});

test("stripControlChars removes cursor sequences and control characters", () => {
  expect(stripControlChars("a\x1b[2Jb\r\nc\x07d\x9be")).toBe("ab c d e");
});

test.each(CONTROL_CHARACTERS)("stripControlChars removes %s", (_kind, text) => {
  expect(stripControlChars(text)).not.toMatch(ANY_CONTROL);
});

test.each(PRINTABLE)("stripControlChars keeps %j", (text) => {
  expect(stripControlChars(text)).toBe(text);
});

test("stripControlCharsDeep strips each string of a value and keeps the rest", () => {
  expect(stripControlCharsDeep({ a: ["x\u009b2Jy", 1, null, { b: "\u202e", c: true }] })).toEqual({
    a: ["xy", 1, null, { b: " ", c: true }],
  });
});

/** The output of `write` on both streams, as coloured terminals or as pipes. */
function captured(isTTY: boolean, write: (terminal: Terminal) => void): string {
  vi.stubEnv("NO_COLOR", undefined);
  vi.stubEnv("TERM", "xterm");
  let written = "";
  const stream = Object.assign(
    new Writable({
      decodeStrings: false,
      write(text, _encoding, callback) {
        written += String(text);
        callback();
      },
    }),
    { isTTY, columns: 80 },
  );
  try {
    write(new Terminal({ stdin: process.stdin, stdout: stream, stderr: stream }));
  } finally {
    vi.unstubAllEnvs();
  }
  return written;
}

/** Removes the control sequences that the command line writes itself. */
const stripOwnSequences = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: matches control sequences
  text.replace(/\n|^\r|\u001b\[(?:1|2|22|31|32|33|39)m|\u001b\[(?:K|J|H|\?1049[hl]|\?25[hl])|\r(?=\n)/gm, "");

const outputs: readonly (readonly [string, (terminal: Terminal, text: string) => void])[] = [
  ["print", (terminal, text) => terminal.print(text)],
  ["print of painted text", (terminal, text) => terminal.print(`${terminal.paint("red", text)} ${text}`)],
  ["printLines", (terminal, text) => terminal.printLines([text, text])],
  ["printJson", (terminal, text) => terminal.printJson({ [text]: [text] })],
  ["printError", (terminal, text) => terminal.printError(text)],
  ["Progress", (terminal, text) => new Progress(terminal).show(text)],
];

test.each(outputs)("%s writes no control characters of untrusted text", (_what, write) => {
  fc.assert(
    fc.property(hostileText, fc.boolean(), (text, isTTY) => {
      const written = captured(isTTY, (terminal) => write(terminal, text));
      expect(stripOwnSequences(written)).not.toMatch(ANY_CONTROL);
      if (!isTTY) expect(written.replaceAll("\n", "")).not.toMatch(ANY_CONTROL);
    }),
    { numRuns: 200 },
  );
});

test("Screen draws no control characters of untrusted text", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  fc.assert(
    fc.property(hostileText, (text) => {
      let written = "";
      const out = {
        rows: 9,
        columns: 80,
        write: (part: string) => {
          written += part;
        },
        on() {},
        off() {},
      };
      using _screen = new Screen(out as unknown as NodeJS.WriteStream, () => [text, "x"]);
      vi.advanceTimersByTime(100);
      expect(written.split("\r\n")).toHaveLength(2);
      expect(stripOwnSequences(written)).not.toMatch(ANY_CONTROL);
    }),
    { numRuns: 200 },
  );
});

test("printJson writes JSON that parses to the same value", () => {
  fc.assert(
    fc.property(hostileText, hostileText, (name, text) => {
      const value = { [`x${name}`]: [text, 1, null] };
      expect(JSON.parse(captured(false, (terminal) => terminal.printJson(value)))).toEqual(value);
    }),
    { numRuns: 200 },
  );
});

test("print escapes style sequences in a pipe", () => {
  expect(captured(false, (terminal) => terminal.print("a\u001b[31mb"))).toBe("a?[31mb\n");
});
