/** Baskets on the page. Does not prove that the service sends their changes: test/flows does. */
import { expect, test } from "vitest";
import type { WireBasket } from "#protocol/messages.ts";
import { quote } from "./feed.ts";
import { useWatchTab } from "./watch-tab.ts";

const tab = useWatchTab();

const faang = (version: number, ...tickers: string[]): WireBasket => ({ name: "FAANG", version, tickers });

/** The page with AAPL and the basket FAANG, which contains META and NFLX. */
async function open() {
  await tab.page.goto(`${tab.url}?tickers=META&baskets=FAANG`);
  const connection = await tab.feed.connections.next();
  expect(await connection.messages.next()).toStrictEqual({
    action: "watch",
    tickers: ["META"],
    baskets: ["FAANG"],
  });
  connection.answer({ watching: ["META"], baskets: [faang(1, "META", "NFLX")] }, quote("NFLX", 110_000, 4));
  await tab.shows("$1,100.00");
  return connection;
}

const chips = async () => await tab.page.locator("#baskets li").allTextContents();

test("shows one row per ticker of a basket, marked and without a drop button", async () => {
  await open();
  expect(await tab.rows()).toStrictEqual(["META in FAANG no price yet – –", "NFLX in FAANG $1,100.00 – –"]);
  expect(await chips()).toStrictEqual(["@FAANG2 tickers×"]);
  expect(await tab.page.getByRole("button", { name: /^Drop/ }).evaluateAll(labels)).toStrictEqual([
    "Drop basket FAANG",
    "Drop META",
  ]);
  expect(tab.troubles).toStrictEqual([]);
});

const labels = (all: Element[]) => all.map(({ ariaLabel }) => ariaLabel);

test("adds and removes rows when a basket changes, with prices received before", async () => {
  const connection = await open();
  connection.sendQuotes(quote("AAPL", 2500, 8));
  connection.send({
    action: "quotes",
    "connection-id": "feed=",
    baskets: [faang(2, "AAPL", "META")],
    quotes: [quote("AAPL", 2400, 7)],
  });
  await tab.shows("$25.00");
  expect(await tab.rows()).toStrictEqual(["META in FAANG no price yet – –", "AAPL in FAANG $25.00 – –"]);
});

test("adds a basket typed with an @ and keeps it in the URL and for the next visit", async () => {
  const connection = await tab.open("AAPL");
  await tab.type("@FAANG goog");
  expect(await connection.messages.next()).toStrictEqual({
    action: "watch",
    tickers: ["GOOG"],
    baskets: ["FAANG"],
  });
  expect(tab.page.url()).toBe(`${tab.url}?tickers=AAPL,GOOG&baskets=FAANG`);
  await tab.page.goto(tab.url);
  const next = await tab.feed.connections.next();
  expect(await next.messages.next()).toStrictEqual({
    action: "watch",
    tickers: ["AAPL", "GOOG"],
    baskets: ["FAANG"],
  });
});

test("shows that a basket is empty", async () => {
  await tab.page.goto(`${tab.url}?baskets=FAANG`);
  const connection = await tab.feed.connections.next();
  await connection.messages.next();
  connection.answer({ watching: [], baskets: [faang(0)] });
  await tab.shows("empty");
  expect(await tab.page.getByRole("table").count()).toBe(0);
});

test("drops a basket with its rows, except for a ticker on the list", async () => {
  const connection = await open();
  await tab.page.getByRole("button", { name: "Drop basket FAANG" }).click();
  expect(await connection.messages.next()).toStrictEqual({ action: "unwatch", baskets: ["FAANG"] });
  expect(await tab.rows()).toStrictEqual(["META no price yet – –"]);
  expect([await chips(), tab.page.url()]).toStrictEqual([[], `${tab.url}?tickers=META`]);
  expect(await tab.page.evaluate(() => document.activeElement?.id)).toBe("tickers");
});

test("keeps the row and the price of a dropped ticker that is in a basket", async () => {
  const connection = await open();
  connection.sendQuotes(quote("META", 70_000, 1));
  await tab.shows("$700.00");
  await tab.page.getByRole("button", { name: "Drop META" }).click();
  expect(await connection.messages.next()).toStrictEqual({ action: "unwatch", tickers: ["META"] });
  expect(await tab.rows()).toStrictEqual(["META in FAANG $700.00 – –", "NFLX in FAANG $1,100.00 – –"]);
  expect(await tab.page.evaluate(() => document.activeElement?.id)).toBe("tickers");
});

test("rejects more baskets than the limit of a list", async () => {
  await tab.open("AAPL");
  await tab.type(Array.from({ length: 21 }, (_, i) => `@B${i}`).join(" "));
  expect(await tab.notice.textContent()).toBe(
    "Expected at most 20 baskets in a list, got 21. Drop some first.",
  );
  expect(await chips()).toStrictEqual([]);
});
