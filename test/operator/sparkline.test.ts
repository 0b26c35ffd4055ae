import { expect, test } from "vitest";
import { sparkline } from "#operator/sparkline.ts";

test.each([
  [[], ""],
  [[2400], "▄"],
  [[5, 5, 5], "▄▄▄"],
  [[0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"],
  [[100, 0, 100], "█▁█"],
  [[-100, 0, 100], "▁▅█"],
  [[-999_999_999_999_999, 999_999_999_999_999], "▁█"],
])("sparkline draws %j as %s", (values, bars) => {
  expect(sparkline(values)).toBe(bars);
});
