/** The list of tickers: typed, dropped, in the address and in the browser's storage. */
import { expect, test } from "vitest";
import { TICKER_FORMAT } from "../../lambdas/quote.ts";
import { PUBLISH_URL, useWatchTab } from "./watch-tab.ts";

const tab = useWatchTab();

test("adds what is typed, keeps it in the address and over a reload", async () => {
  const connection = await tab.open("AAPL");
  await tab.type(" goog, brk.b ");
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers: ["GOOG", "BRK.B"] });
  expect(tab.page.url()).toBe(`${tab.url}?tickers=AAPL,GOOG,BRK.B`);
  expect(await tab.page.getByLabel("Tickers").inputValue()).toBe("");
  await tab.page.reload();
  await tab.answerWatch("AAPL", "GOOG", "BRK.B");
  expect(await tab.rows()).toStrictEqual([
    "AAPL no price yet – –",
    "GOOG no price yet – –",
    "BRK.B no price yet – –",
  ]);
});

test("drops a ticker, by keyboard too, and says so to the service", async () => {
  const connection = await tab.open("AAPL", "GOOG");
  await tab.page.getByRole("button", { name: "Drop AAPL" }).click();
  expect(await connection.messages.next()).toStrictEqual({ action: "unwatch", tickers: ["AAPL"] });
  connection.answer(["GOOG"]);
  expect(await tab.rows()).toStrictEqual(["GOOG no price yet – –"]);
  expect(tab.page.url()).toBe(`${tab.url}?tickers=GOOG`);
  await tab.shows(`curl -d ticker=GOOG -d price=2400 ${PUBLISH_URL}`);

  await tab.page.keyboard.press("Enter");
  expect(await connection.messages.next()).toStrictEqual({ action: "unwatch", tickers: ["GOOG"] });
  expect(tab.page.url()).toBe(tab.url);
  await tab.shows("Add a ticker, then publish a price:");
  expect(await tab.page.evaluate(() => document.activeElement?.id)).toBe("tickers");
});

test("refuses what is no ticker with a sentence, leaves it to be corrected, and takes the others", async () => {
  const connection = await tab.open("AAPL");
  await tab.type("goog a$pl");
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers: ["GOOG"] });
  const notice = tab.notice;
  expect(await notice.textContent()).toBe(`Expected a ticker to be ${TICKER_FORMAT}, got “a$pl”.`);
  expect(await tab.page.getByLabel("Tickers").inputValue()).toBe("a$pl");
  expect(await tab.rows()).toStrictEqual(["AAPL no price yet – –", "GOOG no price yet – –"]);
  await tab.type("msft");
  await tab.shows("MSFT");
  expect(await notice.textContent()).toBe("");
});

test("refuses a list that is longer than a connection may watch", async () => {
  const connection = await tab.open("AAPL");
  await tab.type(Array.from({ length: 500 }, (_, i) => `T${i}`).join(" "));
  expect(await tab.notice.textContent()).toBe(
    "Expected at most 500 tickers and baskets in a list, got 501. Drop some first.",
  );
  expect(await tab.rows()).toStrictEqual(["AAPL no price yet – –"]);
  await tab.type("GOOG");
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers: ["GOOG"] });
});

test("comes back with the list of the last visit when its address has none", async () => {
  await tab.open("AAPL", "GOOG");
  await tab.page.goto(tab.url);
  await tab.answerWatch("AAPL", "GOOG");
  expect(tab.page.url()).toBe(`${tab.url}?tickers=AAPL,GOOG`);
  await tab.open("MSFT");
  expect(await tab.rows()).toStrictEqual(["MSFT no price yet – –"]);
  await tab.page.getByRole("button", { name: "Drop MSFT" }).click();
  await tab.page.goto(tab.url);
  await tab.shows("Add a ticker, then publish a price:");
  await tab.feed.connections.next();
});

test("works in a browser that keeps nothing for pages", async () => {
  await tab.page.addInitScript(() => {
    Object.defineProperty(globalThis, "localStorage", {
      get() {
        throw new DOMException("Access is denied for this document.", "SecurityError");
      },
    });
  });
  await tab.open("AAPL");
  await tab.page.goto(tab.url);
  await tab.shows("Add a ticker, then publish a price:");
  await tab.feed.connections.next();
  expect(tab.troubles).toStrictEqual([]);
});
