/** Baskets on the page. Does not prove that the service tells of their changes: test/flows does. */
import { expect, test } from "vitest";
import type { WireBasket } from "#protocol/messages.ts";
import { quote } from "./feed.ts";
import { useWatchTab } from "./watch-tab.ts";

const tab = useWatchTab();

const faang = (version: number, ...tickers: string[]): WireBasket => ({ name: "FAANG", version, tickers });

/** The page with AAPL and the basket FAANG, in which META and NFLX are. */
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

test("has rows for the tickers of a basket, each once, marked and without a button of its own", async () => {
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

test("lets rows come and go when a basket changes, with prices that came before it", async () => {
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

test("adds a basket that is typed with an @, keeps it in the address and over a visit", async () => {
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

test("says of a basket that nothing is in it yet", async () => {
  await tab.page.goto(`${tab.url}?baskets=FAANG`);
  const connection = await tab.feed.connections.next();
  await connection.messages.next();
  connection.answer({ watching: [], baskets: [faang(0)] });
  await tab.shows("empty");
  expect(await tab.page.getByRole("table").count()).toBe(0);
});

test("drops a basket with its rows, but for a ticker that is listed itself", async () => {
  const connection = await open();
  await tab.page.getByRole("button", { name: "Drop basket FAANG" }).click();
  expect(await connection.messages.next()).toStrictEqual({ action: "unwatch", baskets: ["FAANG"] });
  expect(await tab.rows()).toStrictEqual(["META no price yet – –"]);
  expect([await chips(), tab.page.url()]).toStrictEqual([[], `${tab.url}?tickers=META`]);
  expect(await tab.page.evaluate(() => document.activeElement?.id)).toBe("tickers");
});

test("keeps the row of a ticker that is dropped and in a basket, and the price in it", async () => {
  const connection = await open();
  connection.sendQuotes(quote("META", 70_000, 1));
  await tab.shows("$700.00");
  await tab.page.getByRole("button", { name: "Drop META" }).click();
  expect(await connection.messages.next()).toStrictEqual({ action: "unwatch", tickers: ["META"] });
  expect(await tab.rows()).toStrictEqual(["META in FAANG $700.00 – –", "NFLX in FAANG $1,100.00 – –"]);
  expect(await tab.page.evaluate(() => document.activeElement?.id)).toBe("tickers");
});

test("refuses more baskets than a list may have", async () => {
  await tab.open("AAPL");
  await tab.type(Array.from({ length: 21 }, (_, i) => `@B${i}`).join(" "));
  expect(await tab.notice.textContent()).toBe(
    "Expected at most 20 baskets in a list, got 21. Drop some first.",
  );
  expect(await chips()).toStrictEqual([]);
});
