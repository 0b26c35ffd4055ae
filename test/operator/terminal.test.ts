import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { Screen } from "#operator/screen.ts";
import {
  harmless,
  harmlessDeep,
  isColored,
  Progress,
  paint,
  print,
  printJson,
  printLines,
  remark,
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

test.each(CONTROL_CHARACTERS)("harmless removes %s", (_kind, text) => {
  expect(harmless(text)).not.toMatch(ANY_CONTROL);
});

test.each(SHOWN_AS_THEY_ARE)("harmless keeps %j", (text) => {
  expect(harmless(text)).toBe(text);
});

test("harmlessDeep cleans each text of a value and keeps the rest", () => {
  expect(harmlessDeep({ a: ["x\u009b2Jy", 1, null, { b: "\u202e", c: true }] })).toEqual({
    a: ["xy", 1, null, { b: " ", c: true }],
  });
});

/** What `write` writes to both streams, as a terminal in colour or as pipes. */
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

/** Without what this program itself writes: line breaks, styles, and the sequences of a line or a screen that is drawn again. */
const withoutOwn = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  text.replace(/\n|^\r|\u001b\[(?:1|2|22|31|32|33|39)m|\u001b\[(?:K|J|H|\?1049[hl]|\?25[hl])|\r(?=\n)/gm, "");

const outputs: readonly (readonly [string, (text: string) => void])[] = [
  ["print", (text) => print(text)],
  ["print of a painted text", (text) => print(`${paint("red", text)} ${text}`)],
  ["printLines", (text) => printLines([text, text])],
  ["printJson", (text) => printJson({ [text]: [text] })],
  ["remark", (text) => remark(text)],
  ["Progress", (text) => new Progress().show(text)],
];

test.each(outputs)("%s writes no control characters of a stranger", (_what, write) => {
  fc.assert(
    fc.property(hostileText, fc.boolean(), (text, isTTY) => {
      const written = captured(isTTY, () => write(text));
      expect(withoutOwn(written)).not.toMatch(ANY_CONTROL);
      if (!isTTY) expect(written.replaceAll("\n", "")).not.toMatch(ANY_CONTROL);
    }),
    { numRuns: 200 },
  );
});

test("Screen draws no control characters of a stranger", () => {
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
      expect(withoutOwn(written)).not.toMatch(ANY_CONTROL);
    }),
    { numRuns: 200 },
  );
});

test("printJson writes JSON that reads back as the same value", () => {
  fc.assert(
    fc.property(hostileText, hostileText, (name, text) => {
      const value = { [`x${name}`]: [text, 1, null] };
      expect(JSON.parse(captured(false, () => printJson(value)))).toEqual(value);
    }),
    { numRuns: 200 },
  );
});

test("print in a pipe shows the sequence of a style that a stranger wrote as text", () => {
  expect(captured(false, () => print("a\u001b[31mb"))).toBe("a?[31mb\n");
});
