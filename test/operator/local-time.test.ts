import { expect, test } from "vitest";
import { formatTime } from "#operator/local-time.ts";

test("formatTime omits the date of today only", () => {
  const now = new Date(2026, 10, 21, 23, 59);
  expect(formatTime(new Date(2026, 10, 21, 4, 5, 6).toISOString(), now)).toBe("04:05:06");
  expect(formatTime(new Date(2026, 10, 20, 14, 3, 9).toISOString(), now)).toBe("2026-11-20 14:03");
});
