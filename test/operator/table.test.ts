import { expect, test } from "vitest";
import { formatTable } from "#operator/table.ts";

test("formatTable makes columns as wide as their widest cell, without trailing spaces", () => {
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

test("formatTable ignores colours in the column width", () => {
  const columns = [{ title: "A", align: "right" }, { title: "B" }] as const;
  expect(
    formatTable(columns, [
      ["\x1b[32m+1\x1b[39m", "x"],
      ["+100", "y"],
    ]),
  ).toEqual(["   A  B", "  \x1b[32m+1\x1b[39m  x", "+100  y"]);
});

test("formatTable accepts a row with fewer cells than columns", () => {
  expect(formatTable([{ title: "A" }, { title: "B" }], [["1"]])).toEqual(["A  B", "1"]);
});
