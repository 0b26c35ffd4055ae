/** Does not prove that the browser's address changes: list.browser.test.ts does. */
import { expect, test } from "vitest";
import type { Entry } from "../../page/entry.ts";
import { explainBadUser, readList, readUser, withList } from "../../page/page-address.ts";
import { TICKERS, USER_IDS } from "../lambdas/identities.ts";

const entries = ["AAPL", "@FAANG", "^GSPC", "EURUSD=X", "@Big-Banks"] as Entry[];

test("lists legibly, tickers and baskets apart, and leaves the rest of the query alone", () => {
  const address = new URL("https://page.example/?theme=dark&tickers=OLD&baskets=OLD#top");
  expect(withList(address, entries).href).toBe(
    "https://page.example/?theme=dark&tickers=AAPL,%5EGSPC,EURUSD%3DX&baskets=FAANG,Big-Banks#top",
  );
});

test("lists nothing when there is nothing", () => {
  const address = new URL("https://page.example/?tickers=OLD&user=user003&baskets=OLD");
  expect(withList(address, []).href).toBe("https://page.example/?user=user003");
});

test("gives back what it lists, tickers first", () => {
  const address = withList(new URL("https://page.example/"), entries);
  expect(readList(address)).toStrictEqual({
    entries: ["AAPL", "^GSPC", "EURUSD=X", "@FAANG", "@Big-Banks"],
    refused: [],
  });
});

test.each(TICKERS)("the ticker %s is read from the address that lists it", (ticker) => {
  const address = withList(new URL("https://page.example/?theme=dark#top"), [ticker, "@FAANG"]);
  expect(readList(new URL(address.href))).toStrictEqual({ entries: [ticker, "@FAANG"], refused: [] });
  expect([address.searchParams.get("theme"), address.hash]).toStrictEqual(["dark", "#top"]);
});

test.each(USER_IDS)("the user %s is read from an address that names it encoded", (userId) => {
  const address = new URL(`https://page.example/?user=${encodeURIComponent(userId)}`);
  expect(readUser(withList(address, TICKERS))).toBe(userId);
});

test.each([
  ["", undefined],
  ["?theme=dark", undefined],
  ["?tickers=", []],
  ["?baskets=", []],
  ["?baskets=FAANG", ["@FAANG"]],
])("in %j finds the list %j", (query, list) => {
  expect(readList(new URL(`https://page.example/${query}`))?.entries).toStrictEqual(list);
});

test("may be written by hand: lower case, spaces, a parameter twice, an @ too many", () => {
  const address = new URL("https://page.example/?tickers=aapl,+goog&tickers=x%24&baskets=a,+@b,c%24");
  expect(readList(address)).toStrictEqual({
    entries: ["AAPL", "GOOG", "@a", "@b"],
    refused: ["x$", "@c$"],
  });
});

test.each([
  ["", undefined],
  ["?user=", undefined],
  ["?user=user003&tickers=AAPL", "user003"],
  ["?user=a+b", "a b"],
])("in %j finds the user %j", (query, user) => {
  expect(readUser(new URL(`https://page.example/${query}`))).toBe(user);
});

test("explains what a user's name is", () => {
  expect(explainBadUser("a b")).toBe(
    "Expected a user to be 1 to 128 printable ASCII characters without spaces, got “a b”. Correct the page's address.",
  );
});
