import { expect, test } from "vitest";
import { formatTable } from "#operator/table.ts";

test("columns are as wide as their widest cell, and lines end without spaces", () => {
  const columns = [{ title: "TICKER" }, { title: "PRICE", align: "right" }, { title: "TIME" }] as const;
  expect(
    formatTable(columns, [
      ["AAPL", "$24.00", "14:03:22"],
      ["T", "$1,313.00", ""],
    ]),
  ).toEqual([
    "TICKER      PRICE  TIME", //
    "AAPL       $24.00  14:03:22",
    "T       $1,313.00",
  ]);
});

test("colours take no room", () => {
  const columns = [{ title: "A", align: "right" }, { title: "B" }] as const;
  expect(
    formatTable(columns, [
      ["\x1b[32m+1\x1b[39m", "x"],
      ["+100", "y"],
    ]),
  ).toEqual(["   A  B", "  \x1b[32m+1\x1b[39m  x", "+100  y"]);
});

test("a row may have fewer cells than there are columns", () => {
  expect(formatTable([{ title: "A" }, { title: "B" }], [["1"]])).toEqual(["A  B", "1"]);
});
