import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { Screen } from "#operator/screen.ts";
import {
  isColored,
  Progress,
  paint,
  print,
  printError,
  printJson,
  printLines,
  stripControlChars,
  stripControlCharsDeep,
} from "#operator/terminal.ts";
import {
  ANY_CONTROL,
  CONTROL_CHARACTERS,
  hostileText,
  SHOWN_AS_THEY_ARE,
} from "#support/control-characters.ts";

const terminal = { isTTY: true } as NodeJS.WriteStream;
const pipe = {} as NodeJS.WriteStream;

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

test.each(SHOWN_AS_THEY_ARE)("stripControlChars keeps %j", (text) => {
  expect(stripControlChars(text)).toBe(text);
});

test("stripControlCharsDeep strips each string of a value and keeps the rest", () => {
  expect(stripControlCharsDeep({ a: ["x\u009b2Jy", 1, null, { b: "\u202e", c: true }] })).toEqual({
    a: ["xy", 1, null, { b: " ", c: true }],
  });
});

/** The output of `write` on both streams, as coloured terminals or as pipes. */
function captured(isTerminal: boolean, write: () => void): string {
  vi.stubEnv("NO_COLOR", undefined);
  vi.stubEnv("TERM", "xterm");
  const written: string[] = [];
  const restores = [process.stdout, process.stderr].map((stream) => {
    const { isTTY, columns } = stream;
    Object.assign(stream, { isTTY: isTerminal, columns: 80 });
    const spy = vi.spyOn(stream, "write").mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    return () => {
      spy.mockRestore();
      Object.assign(stream, { isTTY, columns });
    };
  });
  try {
    write();
  } finally {
    for (const restore of restores) restore();
    vi.unstubAllEnvs();
  }
  return written.join("");
}

/** Removes the control sequences that the command line writes itself. */
const stripOwnSequences = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: matches control sequences
  text.replace(/\n|^\r|\u001b\[(?:1|2|22|31|32|33|39)m|\u001b\[(?:K|J|H|\?1049[hl]|\?25[hl])|\r(?=\n)/gm, "");

const outputs: readonly (readonly [string, (text: string) => void])[] = [
  ["print", (text) => print(text)],
  ["print of painted text", (text) => print(`${paint("red", text)} ${text}`)],
  ["printLines", (text) => printLines([text, text])],
  ["printJson", (text) => printJson({ [text]: [text] })],
  ["printError", (text) => printError(text)],
  ["Progress", (text) => new Progress().show(text)],
];

test.each(outputs)("%s writes no control characters of untrusted text", (_what, write) => {
  fc.assert(
    fc.property(hostileText, fc.boolean(), (text, isTTY) => {
      const written = captured(isTTY, () => write(text));
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
      expect(JSON.parse(captured(false, () => printJson(value)))).toEqual(value);
    }),
    { numRuns: 200 },
  );
});

test("print escapes style sequences in a pipe", () => {
  expect(captured(false, () => print("a\u001b[31mb"))).toBe("a?[31mb\n");
});
