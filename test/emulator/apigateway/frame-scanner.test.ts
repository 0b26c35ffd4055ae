/* Detection of frames over the limit. Does not prove that connections close: see web-socket-limits.test.ts. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameScanner } from "#emulator/apigateway/frame-scanner.ts";
import { clientFrame } from "./frames.ts";

const LIMIT = 300;

/** Around the limit and the lengths at which the header format changes. */
const lengths = fc.constantFrom(0, 1, 125, 126, 127, 299, 300, 301, 65_535, 65_536);
const dataFrame = fc.record({ length: lengths, fin: fc.boolean(), opcode: fc.constantFrom(0, 1, 2) });
const controlFrame = fc.record({
  length: fc.constantFrom(0, 125),
  fin: fc.constant(true),
  opcode: fc.constantFrom(8, 9, 10),
});

test("the scanner finds the first frame over the limit in any sequence of frames, split anywhere", () => {
  const frames = fc.array(fc.oneof(dataFrame, controlFrame), { maxLength: 12 });
  const cuts = fc.array(fc.nat({ max: 5_000 }), { maxLength: 40 });
  fc.assert(
    fc.property(frames, cuts, (sent, sizes) => {
      const scanner = new FrameScanner(LIMIT);
      const bytes = Buffer.concat(sent.map((frame) => clientFrame("x".repeat(frame.length), frame)));
      let found: number | undefined;
      for (let start = 0; start < bytes.length && found === undefined; ) {
        const size = sizes.shift() ?? 65_536;
        found = scanner.scan(bytes.subarray(start, start + size));
        start += size;
      }
      const first = sent.findIndex(({ length }) => length > LIMIT);
      const messagesBefore = sent.slice(0, first).filter(({ fin, opcode }) => fin && opcode < 8).length;
      expect(found).toBe(first < 0 ? undefined : messagesBefore);
    }),
  );
});

test("the scanner finds a frame over the limit at the last byte of its header, one byte at a time", () => {
  const scanner = new FrameScanner(LIMIT);
  const header = clientFrame("x".repeat(LIMIT + 1)).subarray(0, 8);
  const found = [...header].map((byte) => scanner.scan(Uint8Array.of(byte)));
  expect(found).toEqual([...Array(7).fill(undefined), 0]);
});
