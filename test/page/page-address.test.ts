/** Lists in the URL. Does not prove that the browser's URL changes: list.browser.test.ts does. */
import { expect, test } from "vitest";
import type { Entry } from "#client/entry.ts";
import { explainInvalidUser, explainStrays, readAddress, readUser, withList } from "#page/page-address.ts";
import { TICKERS, USER_IDS } from "#support/identities.ts";

const entries = ["AAPL", "@FAANG", "^GSPC", "EURUSD=X", "@Big-Banks"] as Entry[];

test("writes tickers and baskets unencoded where possible and keeps other query parameters", () => {
  const address = new URL("https://page.example/?theme=dark&tickers=OLD&baskets=OLD#top");
  expect(withList(address, entries).href).toBe(
    "https://page.example/?theme=dark&tickers=AAPL,%5EGSPC,EURUSD%3DX&baskets=FAANG,Big-Banks#top",
  );
});

test("omits an empty list", () => {
  const address = new URL("https://page.example/?tickers=OLD&user=user003&baskets=OLD");
  expect(withList(address, []).href).toBe("https://page.example/?user=user003");
});

test("reads the list that it wrote, tickers first", () => {
  const address = withList(new URL("https://page.example/"), entries);
  expect(readAddress(address).list).toStrictEqual({
    entries: ["AAPL", "^GSPC", "EURUSD=X", "@FAANG", "@Big-Banks"],
    invalid: [],
  });
});

test.each(TICKERS)("reads the ticker %s from a written URL", (ticker) => {
  const address = withList(new URL("https://page.example/?theme=dark#top"), [ticker, "@FAANG"]);
  expect(readAddress(new URL(address.href)).list).toStrictEqual({ entries: [ticker, "@FAANG"], invalid: [] });
  expect([address.searchParams.get("theme"), address.hash]).toStrictEqual(["dark", "#top"]);
});

test.each(USER_IDS)("reads the user %s from an encoded URL", (userId) => {
  const address = new URL(`https://page.example/?user=${encodeURIComponent(userId)}`);
  expect(readUser(withList(address, TICKERS))).toBe(userId);
});

test.each([
  ["", undefined],
  ["?theme=dark", undefined],
  ["?tickers=", []],
  ["?baskets=", []],
  ["?baskets=FAANG", ["@FAANG"]],
])("reads %j as the list %j", (query, list) => {
  expect(readAddress(new URL(`https://page.example/${query}`)).list?.entries).toStrictEqual(list);
});

test("reads hand-written lists: lower case, spaces, repeated parameters, a redundant @", () => {
  const address = new URL("https://page.example/?tickers=aapl,+goog&tickers=x%24&baskets=a,+@b,c%24");
  expect(readAddress(address).list).toStrictEqual({
    entries: ["AAPL", "GOOG", "@a", "@b"],
    invalid: ["x$", "@c$"],
  });
});

test.each([
  ["?tickers=AAPL,M&M.NS", ["AAPL"], ["M&M.NS"], ["M&M.NS"]],
  ["?tickers=M&M.NS,AAPL", [], ["M&M.NS,AAPL"], ["M&M.NS,AAPL"]],
  ["?tickers=AAPL,&GOOG", ["AAPL"], ["GOOG"], ["GOOG"]],
  ["?tickers=AAPL&baskets=A&B&tickers=GOOG", ["AAPL", "GOOG"], ["@A&B"], ["@A&B"]],
  ["?AAPL", undefined, ["AAPL"], ["AAPL"]],
  ["?aapl,goog", undefined, ["aapl,goog"], ["aapl,goog"]],
  ["?tickers=AAPL&EURUSD=X", [], ["AAPL&EURUSD=X"], ["AAPL&EURUSD=X"]],
  ["?ticker=AAPL", undefined, ["ticker=AAPL"], ["AAPL"]],
  ["?Tickers=AAPL,GOOG", undefined, ["Tickers=AAPL,GOOG"], ["AAPL", "GOOG"]],
  ["?symbols=AAPL", undefined, ["symbols=AAPL"], ["AAPL"]],
  ["?basket=FAANG", undefined, ["basket=FAANG"], ["@FAANG"]],
  ["?tickers=AAPL&ticker=GOOG", ["AAPL"], ["ticker=GOOG"], ["GOOG"]],
])("reads %j as the list %j and the strays %j", (query, list, texts, items) => {
  const address = readAddress(new URL(`https://page.example/${query}`));
  expect(address.list?.entries).toStrictEqual(list);
  expect(address.strays.map(({ text }) => text)).toStrictEqual(texts);
  expect(address.strays.flatMap((stray) => stray.items)).toStrictEqual(items);
});

test.each([
  "?theme=dark",
  "?utm_source=mail&gclid=Cj0",
  "?user=u",
  "?tickers=M%26M.NS",
  "?tickers=AAPL&baskets=FAANG&user=u",
  "?tickers=AAPL&",
  "?ticker=",
])("finds no strays in %j", (query) => {
  expect(readAddress(new URL(`https://page.example/${query}`)).strays).toStrictEqual([]);
});

test("removes strays from a URL when it writes a list", () => {
  const address = new URL("https://page.example/?theme=dark&tickers=AAPL,M&M.NS&ticker=X&user=u");
  expect(withList(address, ["AAPL"] as Entry[]).href).toBe(
    "https://page.example/?theme=dark&user=u&tickers=AAPL",
  );
});

test("explains how a URL lists tickers", () => {
  expect(explainStrays([])).toBe("");
  expect(explainStrays([{ text: "M&M.NS", items: ["M&M.NS"] }])).toBe(
    "Expected the address to list tickers as ?tickers=AAPL,GOOG, with each & in a ticker written as %26, got “M&M.NS”.",
  );
});

test.each([
  ["", undefined],
  ["?user=", undefined],
  ["?user=user003&tickers=AAPL", "user003"],
  ["?user=a+b", "a b"],
])("reads %j as the user %j", (query, user) => {
  expect(readUser(new URL(`https://page.example/${query}`))).toBe(user);
});

test("explains the format of a user", () => {
  expect(explainInvalidUser("a b")).toBe(
    "Expected a user to be 1 to 128 printable ASCII characters without spaces, got “a b”. Correct the page's address.",
  );
});
