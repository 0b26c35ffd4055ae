/**
 * How the page shows a connection that no longer updates prices; a dead socket is simulated by a server that does not
 * answer. Does not prove how a browser's timeouts behave on a network with total packet loss.
 */
import { expect, test } from "vitest";
import type { FeedConnection } from "./feed.ts";
import { quote } from "./feed.ts";
import { findViolations } from "./find-violations.ts";
import { useWatchTab } from "./watch-tab.ts";

const NOW = Date.UTC(2026, 10, 20, 10, 22, 8);

const tab = useWatchTab({ context: { locale: "en-US", timezoneId: "UTC" } });

/** The page with prices, on a manual clock. */
async function open(): Promise<FeedConnection> {
  await tab.page.clock.install({ time: NOW - 1000 });
  await tab.page.clock.pauseAt(NOW);
  const connection = await tab.open("AAPL", "GOOG");
  connection.sendQuotes(quote("AAPL", 2400, 1), quote("GOOG", 31_300, 1));
  connection.sendQuotes(quote("AAPL", 2500, 2));
  await shows("$25.00");
  return connection;
}

/** Waits for a price and runs animation frames, which the manual clock also stops. */
async function shows(price: string): Promise<void> {
  const isShown = async () => {
    await tab.page.clock.runFor(20);
    return (await tab.rows()).join().includes(price);
  };
  await expect.poll(isShown).toBe(true);
}

const state = async (name: string) => await tab.page.locator(`#status[data-state=${name}]`).waitFor();
const status = async () => await tab.page.getByRole("status").textContent();
const caption = async () => await tab.page.locator("caption").textContent();
const stale = () => tab.page.locator("#sheet[data-state=stale]");

/** The positions of all elements that must not move. */
async function places(): Promise<unknown> {
  return await tab.page.evaluate(() =>
    Array.from(document.querySelectorAll("h1, #add, #prices, tbody tr, #publish"), (element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return [element.id || element.tagName, x, y, width, height];
    }),
  );
}

test("marks the prices as stale after an unanswered ping, reconnects and removes the mark", async () => {
  const connection = await open();
  await tab.page.clock.runFor(30_000);
  expect(await connection.messages.next()).toStrictEqual({ action: "ping" });
  expect([await status(), await caption(), await stale().count()]).toStrictEqual([
    "Live",
    "Last published prices",
    0,
  ]);
  await tab.page.clock.runFor(2000);
  await state("silent");
  await tab.page.clock.runFor(1);
  await stale().waitFor();
  expect([await status(), await caption()]).toStrictEqual([
    "No answer. Prices may be out of date.",
    "Not updating since 10:22:08",
  ]);
  await tab.page.clock.runFor(3000);
  await connection.closed;
  expect([await status(), await caption()]).toStrictEqual([
    "Connection lost. Reconnecting in 1 s.",
    "Not updating since 10:22:08",
  ]);
  await tab.page.clock.resume();
  await tab.answerWatch("AAPL", "GOOG");
  await stale().waitFor({ state: "detached" });
  expect([await status(), await caption()]).toStrictEqual(["Live", "Last published prices"]);
  expect(tab.troubles).toStrictEqual([]);
});

test("a slow service does not mark the prices as stale", async () => {
  const connection = await open();
  await tab.page.clock.runFor(30_000);
  expect(await connection.messages.next()).toStrictEqual({ action: "ping" });
  await tab.page.clock.runFor(1900);
  connection.pong();
  await state("live");
  await tab.page.clock.runFor(10_000);
  expect([await status(), await stale().count()]).toStrictEqual(["Live", 0]);
});

test.each([1280, 768, 480, 390, 320])(
  "keeps the layout at a width of %d when the state changes",
  async (width) => {
    await tab.page.setViewportSize({ width, height: 800 });
    const connection = await open();
    const before = await places();
    await tab.page.clock.runFor(30_000);
    await connection.messages.next();
    await tab.page.clock.runFor(2001);
    await stale().waitFor();
    expect(await places()).toStrictEqual(before);
    tab.feed.isRefusing = true;
    await tab.page.clock.runFor(3000);
    await state("waiting");
    expect(await places()).toStrictEqual(before);
    await tab.page.clock.resume();
    await tab.page.getByText(/^Refused or unreachable/).waitFor();
    expect(await places()).toStrictEqual(before);
    expect(await tab.overflow("html")).toStrictEqual([0]);
  },
);

test.each(["light", "dark"] as const)("the stale state is accessible in %s mode", async (colorScheme) => {
  await tab.page.emulateMedia({ colorScheme });
  await open();
  await tab.page.clock.runFor(32_001);
  await stale().waitFor();
  // axe uses timers, too.
  await tab.page.clock.resume();
  expect(await findViolations(tab.page)).toStrictEqual([]);
});

test("sends only the keep-alive while hidden and checks the connection when visible", async () => {
  const connection = await open();
  const setHidden = (hidden: boolean) =>
    tab.page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { configurable: true, value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await setHidden(true);
  await tab.page.clock.runFor(120_000);
  expect(connection.messages.take()).toStrictEqual([]);
  await setHidden(false);
  expect(await connection.messages.next()).toStrictEqual({ action: "ping" });
  connection.pong();
  expect(await connection.messages.next()).toStrictEqual({ action: "sync", quotes: { AAPL: 2, GOOG: 1 } });
  connection.answer(["AAPL", "GOOG"], quote("AAPL", 2600, 3));
  await shows("$26.00");
});

test("checks the connection when the network is lost", async () => {
  const connection = await open();
  await tab.page.evaluate(() => dispatchEvent(new Event("offline")));
  expect(await connection.messages.next()).toStrictEqual({ action: "ping" });
  await tab.page.clock.runFor(2001);
  await stale().waitFor();
});

test("syncs when the network is back", async () => {
  const connection = await open();
  await tab.page.evaluate(() => dispatchEvent(new Event("online")));
  expect(await connection.messages.next()).toStrictEqual({ action: "ping" });
  connection.pong();
  expect(await connection.messages.next()).toStrictEqual({ action: "sync", quotes: { AAPL: 2, GOOG: 1 } });
});

test("opens no socket while the page's server is unreachable", async () => {
  const connection = await open();
  await tab.page.context().setOffline(true);
  tab.feed.offers.take();
  connection.close();
  await state("waiting");
  await tab.page.clock.runFor(500);
  await tab.page.getByText(/^Offline\. Reconnecting in \d+ s\.$/).waitFor();
  expect(tab.feed.offers.take()).toStrictEqual([]);
  await tab.page.context().setOffline(false);
  await tab.page.clock.resume();
  await tab.answerWatch("AAPL", "GOOG");
});
