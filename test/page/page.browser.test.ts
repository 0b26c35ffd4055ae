/**
 * The built page in a real browser, under its content security policy, against a scripted server. Does not prove that the
 * service sends the same: test/flows does.
 */
import { expect, test } from "vitest";
import { quote } from "./feed.ts";
import { servePage } from "./serve-page.ts";
import { PUBLISH_URL, useWatchTab } from "./watch-tab.ts";

const tab = useWatchTab();

test("explains how to start while the list is empty", async () => {
  await tab.page.goto(tab.url);
  await tab.shows("Add a ticker, then publish a price:");
  await tab.shows(`curl -d ticker=AAPL -d price=2400 ${PUBLISH_URL}`);
  expect(await tab.page.getByRole("table").count()).toBe(0);
  const connection = await tab.feed.connections.next();
  expect(await connection.messages.next()).toStrictEqual({ action: "ping" });
  connection.pong();
  await tab.page
    .getByRole("status")
    .filter({ hasText: /^Live$/ })
    .waitFor();
  expect(tab.troubles).toStrictEqual([]);
});

test("shows prices with the last change and the change since first seen", async () => {
  const connection = await tab.open("AAPL", "GOOG", "MSFT");
  expect(await tab.rows()).toStrictEqual([
    "AAPL no price yet – –",
    "GOOG no price yet – –",
    "MSFT no price yet – –",
  ]);
  connection.sendQuotes(quote("AAPL", 123_456, 1), quote("GOOG", -2400, 1));
  await tab.shows("−$24.00");
  connection.sendQuotes(quote("AAPL", 123_468, 2), quote("GOOG", -2500, 2));
  await tab.shows("−$25.00");
  connection.sendQuotes(quote("AAPL", 123_469, 3));
  await tab.shows("$1,234.69");
  expect(await tab.rows()).toStrictEqual([
    "AAPL $1,234.69 ▲ +0.01 ▲ +0.13",
    "GOOG −$25.00 ▼ −1.00 ▼ −1.00",
    "MSFT no price yet – –",
  ]);
  expect(await tab.page.locator("time").first().getAttribute("datetime")).toBe("2025-01-02T03:04:03.000Z");
  expect(tab.troubles).toStrictEqual([]);
});

test("ignores older quotes and quotes of other tickers", async () => {
  const connection = await tab.open("AAPL", "GOOG");
  connection.sendQuotes(quote("AAPL", 2400, 7));
  connection.sendQuotes(quote("AAPL", 100, 6), quote("AAPL", 200, 7), quote("MSFT", 300, 1));
  connection.sendQuotes(quote("GOOG", 31_300, 1));
  await tab.shows("$313.00");
  expect(await tab.rows()).toStrictEqual(["AAPL $24.00 – –", "GOOG $313.00 – –"]);
});

test("ignores invalid frames", async () => {
  const connection = await tab.open("AAPL");
  for (const text of [
    "",
    "<html>",
    "null",
    "[]",
    "7",
    '{"message":"Forbidden"}',
    '{"action":"quotes","connection-id":"a=","quotes":[{"ticker":"AAPL","price":"<b>1","version":9,"at":"never"}]}',
    '{"action":"error","code":"bad-message"}',
  ]) {
    connection.sendText(text);
  }
  connection.sendQuotes(quote("AAPL", 2400, 1));
  await tab.shows("$24.00");
  expect(tab.troubles).toStrictEqual([]);
});

test("reconnects, watches again and accepts prices whose versions start again", async () => {
  const connection = await tab.open("AAPL");
  connection.sendQuotes(quote("AAPL", 2400, 9));
  await tab.shows("$24.00");
  connection.close();
  const next = await tab.answerWatch("AAPL");
  expect(await tab.rows()).toStrictEqual(["AAPL $24.00 – –"]);
  next.sendQuotes(quote("AAPL", 2300, 1));
  await tab.shows("$23.00");
  expect(await tab.rows()).toStrictEqual(["AAPL $23.00 ▼ −1.00 ▼ −1.00"]);
});

test("shows a refused connection and retries at once when the network is back", async () => {
  // The clock is stopped, so that no timer fires.
  await tab.page.clock.install({ time: 0 });
  await tab.page.clock.pauseAt(1000);
  tab.feed.isRefusing = true;
  await tab.page.goto(`${tab.url}?tickers=AAPL`);
  const refused = /^Refused or unreachable\. Retry in \d+ s\.$/;
  await tab.page.getByRole("status").filter({ hasText: refused }).waitFor();
  tab.feed.isRefusing = false;
  await tab.page.evaluate(() => dispatchEvent(new Event("online")));
  await tab.answerWatch("AAPL");
});

test("shows an error message of the service", async () => {
  const connection = await tab.open("AAPL");
  connection.send({ action: "error", code: "too-many", message: "Expected at most 500 tickers." });
  await tab.notice.filter({ hasText: "Expected at most 500 tickers." }).waitFor();
});

test.each([
  ["is missing", undefined, "Cannot read config.json: HTTP 404."],
  ["is invalid", "{}", "Expected config.json to contain watchUrl (wss://…), publishUrl (https://…)"],
])("shows an error when its configuration %s", async (_, config, beginning) => {
  await using unconfigured = await servePage(config, tab.feed.url);
  await tab.page.goto(unconfigured.url);
  await tab.page.locator("#status[data-state=broken]").waitFor();
  expect((await tab.page.getByRole("status").textContent())?.slice(0, beginning.length)).toBe(beginning);
});

test("fits the width of a phone", async () => {
  await tab.page.setViewportSize({ width: 390, height: 800 });
  const connection = await tab.open("AAPL", "ABCDEFGHIJKLMNOP");
  connection.sendQuotes(quote("AAPL", 999_999_999_999_999, 1), quote("ABCDEFGHIJKLMNOP", 123_456, 1));
  await tab.shows("$1,234.56");
  expect(await tab.overflow("html", ".sheet")).toStrictEqual([0, 0]);
});

test("fits the narrowest phone with long notices, baskets and a user", async () => {
  await tab.page.setViewportSize({ width: 320, height: 800 });
  const [long, user] = ["B".repeat(64), "u".repeat(64)];
  await tab.page.goto(`${tab.url}?user=${user}`);
  const connection = await tab.feed.connections.next();
  await connection.messages.next();
  const baskets = [long, "FAANG", "TECH"].map((name) => ({ name, version: 1, tickers: ["META"] }));
  connection.answer(
    { watching: ["AAPL"], baskets, user: { id: user, version: 1 } },
    quote("META", 70_000, 1),
  );
  connection.send({ action: "notice", message: `Long words, too: ${"x".repeat(200)}` });
  await tab.shows("$700.00");
  await tab.page.locator("#notices li").waitFor();
  expect(await tab.overflow("html", ".sheet")).toStrictEqual([0, 0]);
});

test("scrolls a wide table inside its frame", async () => {
  await tab.page.setViewportSize({ width: 500, height: 800 });
  const connection = await tab.open("ABCDEFGHIJKLMNOP");
  connection.sendQuotes(quote("ABCDEFGHIJKLMNOP", 999_999_999_999_999, 1));
  connection.sendQuotes(quote("ABCDEFGHIJKLMNOP", -999_999_999_999_999, 2));
  await tab.shows("−$9,999,999,999,999.99");
  const [ofPage, ofFrame = 0] = await tab.overflow("html", ".sheet");
  expect([ofPage, ofFrame > 0]).toStrictEqual([0, true]);
});
