/** The list model. Does not prove what the page shows: baskets.browser.test.ts and user.browser.test.ts do. */
import { expect, test } from "vitest";
import type { Entry } from "#client/entry.ts";
import { WatchList } from "#client/watch-list.ts";
import type { QuotesMessage, WireBasket } from "#protocol/messages.ts";

const frame = (fields: Partial<QuotesMessage>): QuotesMessage => ({
  action: "quotes",
  "connection-id": "a=",
  quotes: [],
  ...fields,
});
const basket = (name: string, version: number, ...tickers: string[]): WireBasket => ({
  name,
  version,
  tickers,
});
const ofUser = (version: number, watching: string[], ...baskets: WireBasket[]) =>
  frame({ watching, user: { id: "user003", version }, ...(baskets.length > 0 && { baskets }) });

function listOf(...entries: string[]): WatchList {
  const list = new WatchList();
  list.add(entries as Entry[]);
  return list;
}

/** Each line as `META in FAANG`, with a star if the list contains the ticker directly. */
const shown = (list: WatchList) =>
  list.lines.map(
    ({ ticker, isListed, baskets }) =>
      `${ticker}${isListed ? "*" : ""}${baskets.length > 0 ? ` in ${baskets.join(", ")}` : ""}`,
  );

test("keeps its own entries in insertion order without duplicates", () => {
  const list = listOf("GOOG", "@FAANG");
  expect(list.add(["AAPL", "GOOG"] as Entry[])).toStrictEqual(["AAPL"]);
  expect(list.entries).toStrictEqual(["GOOG", "@FAANG", "AAPL"]);
  list.remove("GOOG" as Entry);
  expect(list.entries).toStrictEqual(["@FAANG", "AAPL"]);
});

test("lists its tickers, then those of its baskets, each once with all its baskets", () => {
  const list = listOf("MSFT", "META", "@FAANG", "@TECH");
  expect(shown(list)).toStrictEqual(["MSFT*", "META*"]);
  expect(list.baskets).toStrictEqual([{ name: "FAANG" }, { name: "TECH" }]);
  const isChanged = list.apply(
    frame({ baskets: [basket("TECH", 1, "AAPL", "IBM"), basket("FAANG", 1, "AAPL", "META")] }),
  );
  expect([isChanged, shown(list)]).toStrictEqual([
    true,
    ["MSFT*", "META* in FAANG", "AAPL in FAANG, TECH", "IBM in TECH"],
  ]);
  list.remove("@FAANG");
  expect(shown(list)).toStrictEqual(["MSFT*", "META*", "AAPL in TECH", "IBM in TECH"]);
});

test("keeps the newest state of a basket when states arrive out of order", () => {
  const list = listOf("@FAANG");
  list.apply(frame({ baskets: [basket("FAANG", 3, "META")] }));
  expect(list.apply(frame({ baskets: [basket("FAANG", 2, "AAPL")] }))).toBe(false);
  expect(shown(list)).toStrictEqual(["META in FAANG"]);
  list.apply(frame({ baskets: [basket("FAANG", 4)] }));
  expect([shown(list), list.baskets]).toStrictEqual([[], [{ name: "FAANG", tickers: [] }]]);
});

test("ignores a basket outside the list", () => {
  const list = listOf("AAPL");
  list.apply(frame({ baskets: [basket("FAANG", 1, "META")] }));
  expect([shown(list), list.baskets]).toStrictEqual([["AAPL*"], []]);
});

test("an own list ignores lists of the service", () => {
  const list = listOf("AAPL");
  expect(list.apply(frame({ watching: ["GOOG"] }))).toBe(false);
  expect(list.apply(ofUser(1, ["GOOG"]))).toBe(false);
  expect(list.entries).toStrictEqual(["AAPL"]);
});

test("a user's list keeps the newest version when lists arrive out of order", () => {
  const list = new WatchList("user003");
  expect(list.apply(ofUser(2, ["AAPL"], basket("FAANG", 1, "META")))).toBe(true);
  expect(shown(list)).toStrictEqual(["AAPL*", "META in FAANG"]);
  expect(list.apply(ofUser(1, ["GOOG"]))).toBe(false);
  expect(list.apply(frame({ watching: ["GOOG"] }))).toBe(false);
  expect(list.apply(frame({ watching: ["GOOG"], user: { id: "user004", version: 9 } }))).toBe(false);
  expect(list.entries).toStrictEqual(["AAPL", "@FAANG"]);
  list.apply(ofUser(3, ["AAPL", "GOOG"]));
  expect(shown(list)).toStrictEqual(["AAPL*", "GOOG*"]);
});

test("applies a user's list with the same version, which may contain more entries", () => {
  const list = new WatchList("user003");
  list.apply(ofUser(2, ["AAPL"]));
  list.apply(ofUser(2, ["AAPL", "GOOG"]));
  expect(list.entries).toStrictEqual(["AAPL", "GOOG"]);
});

test("keeps a newer basket state that arrives before the list that contains the basket", () => {
  const list = new WatchList("user003");
  list.apply(ofUser(1, ["AAPL"]));
  list.apply(frame({ baskets: [basket("FAANG", 2, "META")] }));
  list.apply(ofUser(2, ["AAPL"], basket("FAANG", 1, "NFLX")));
  expect(shown(list)).toStrictEqual(["AAPL*", "META in FAANG"]);
});

test("a new socket keeps the current list and accepts any version", () => {
  const list = new WatchList("user003");
  list.apply(ofUser(7, ["AAPL"], basket("FAANG", 7, "META")));
  list.resetVersions();
  expect(shown(list)).toStrictEqual(["AAPL*", "META in FAANG"]);
  list.apply(ofUser(1, ["GOOG"], basket("FAANG", 1, "NFLX")));
  expect(shown(list)).toStrictEqual(["GOOG*", "NFLX in FAANG"]);
});
