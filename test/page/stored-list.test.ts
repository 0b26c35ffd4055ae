/** Storage of the list. Does not prove that a browser keeps it: list.browser.test.ts does. */
import { expect, test } from "vitest";
import type { Entry } from "#client/entry.ts";
import { type OpenStorage, readStoredList, storeList } from "#page/stored-list.ts";

function keeping(items = new Map<string, string>()): { items: Map<string, string>; open: OpenStorage } {
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
  return { items, open: () => storage };
}

const denied: OpenStorage = () => {
  throw new DOMException("Access is denied for this document.", "SecurityError");
};

test("returns the stored list and removes an empty one", () => {
  const { items, open } = keeping();
  expect(readStoredList(open)).toStrictEqual([]);
  storeList(open, ["AAPL", "@FAANG", "^GSPC"] as Entry[]);
  expect(readStoredList(open)).toStrictEqual(["AAPL", "@FAANG", "^GSPC"]);
  storeList(open, []);
  expect([readStoredList(open), items.size]).toStrictEqual([[], 0]);
});

test("reads a stored list that predates baskets", () => {
  const { open } = keeping(new Map([["tickers", "AAPL ^GSPC"]]));
  expect(readStoredList(open)).toStrictEqual(["AAPL", "^GSPC"]);
});

test("reads the valid entries of a foreign text", () => {
  const { open } = keeping(new Map([["tickers", '["AAPL"] goog <b>']]));
  expect(readStoredList(open)).toStrictEqual(["GOOG"]);
});

test("returns an empty list without storage", () => {
  storeList(denied, ["AAPL"] as Entry[]);
  expect(readStoredList(denied)).toStrictEqual([]);
});
