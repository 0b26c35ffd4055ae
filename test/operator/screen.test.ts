import { EventEmitter } from "node:events";
import { expect, onTestFinished, test, vi } from "vitest";
import { Screen } from "#operator/screen.ts";

/** A fake terminal of this size that records its output. */
function terminal(rows: number, columns: number) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let written = "";
  const write = (text: string) => {
    written += text;
  };
  const out = Object.assign(new EventEmitter(), { rows, columns, write });
  const takeWritten = () => {
    const text = written;
    written = "";
    return text;
  };
  return { out: out as unknown as NodeJS.WriteStream, takeWritten };
}

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";

test("redraws in place and restores the terminal at the end", () => {
  const { out, takeWritten } = terminal(10, 80);
  let lines = ["a", "b"];
  const screen = new Screen(out, () => lines);
  expect(takeWritten()).toBe(ENTER);
  vi.advanceTimersByTime(100);
  expect(takeWritten()).toBe("\x1b[Ha\x1b[K\r\nb\x1b[K\x1b[J");
  lines = ["c"];
  screen.invalidate();
  vi.advanceTimersByTime(100);
  expect(takeWritten()).toBe("\x1b[Hc\x1b[K\x1b[J");
  screen[Symbol.dispose]();
  vi.advanceTimersByTime(1_000);
  expect(takeWritten()).toBe(LEAVE);
});

test("draws once for many invalidations", () => {
  const { out } = terminal(10, 80);
  const draw = vi.fn(() => ["a"]);
  using screen = new Screen(out, draw);
  for (let change = 0; change < 100; change += 1) screen.invalidate();
  vi.advanceTimersByTime(100);
  expect(draw.mock.calls).toEqual([[10]]);
});

test("truncates lines that do not fit and omits those below the last row", () => {
  const { out, takeWritten } = terminal(2, 4);
  using _screen = new Screen(out, () => ["abcdef", "\x1b[32mabcd\x1b[39m", "below"]);
  takeWritten();
  vi.advanceTimersByTime(100);
  expect(takeWritten()).toBe("\x1b[Habcd\x1b[K\r\n\x1b[32mabcd\x1b[39m\x1b[K\x1b[J");
});

test("replaces a truncated surrogate pair by a question mark", () => {
  const { out, takeWritten } = terminal(2, 4);
  using _screen = new Screen(out, () => ["abc😀"]);
  takeWritten();
  vi.advanceTimersByTime(100);
  expect(takeWritten()).toBe("\x1b[Habc?\x1b[K\x1b[J");
});

test("redraws after a resize of the terminal", () => {
  const { out, takeWritten } = terminal(2, 80);
  using _screen = new Screen(out, (rows) => [String(rows)]);
  vi.advanceTimersByTime(100);
  takeWritten();
  out.rows = 5;
  out.emit("resize");
  vi.advanceTimersByTime(100);
  expect(takeWritten()).toBe("\x1b[H5\x1b[K\x1b[J");
});
