/** Repainting of times and `translate` attributes. Does not prove that a browser's translation honours them. */
import { expect, test } from "vitest";
import { type FeedConnection, quote } from "./feed.ts";
import { useWatchTab } from "./watch-tab.ts";

const EVENING = Date.UTC(2026, 10, 20, 23, 59, 30);

const tab = useWatchTab({ context: { locale: "en-US", timezoneId: "UTC" } });

async function open(): Promise<FeedConnection> {
  await tab.page.clock.install({ time: EVENING - 1000 });
  await tab.page.clock.pauseAt(EVENING);
  const connection = await tab.open("AAPL");
  connection.sendQuotes({ ...quote("AAPL", 2400, 1), at: "2026-11-20T19:21:00.000Z" });
  connection.send({ action: "notice", message: "Markets close early today." });
  const isShown = async () => {
    await tab.page.clock.runFor(20);
    return (await times()).length;
  };
  await expect.poll(isShown).toBe(2);
  return connection;
}

const times = async () => await tab.page.locator("#notices time, tbody time").allTextContents();

test("shows the day of a price and of a notice instead of the time after midnight", async () => {
  await open();
  expect(await times()).toStrictEqual(["23:59:30", "19:21:00"]);
  await tab.page.clock.runFor(20_000);
  expect(await times()).toStrictEqual(["23:59:30", "19:21:00"]);
  await tab.page.clock.runFor(10_000);
  expect(await times()).toStrictEqual(["Nov 20, 2026", "Nov 20, 2026"]);
});

test("shows the day when the page becomes visible after the computer slept past midnight", async () => {
  await open();
  // Timers do not run while a computer sleeps.
  await tab.page.clock.setSystemTime(EVENING + 8 * 60 * 60 * 1000);
  expect(await times()).toStrictEqual(["23:59:30", "19:21:00"]);
  await tab.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  expect(await times()).toStrictEqual(["Nov 20, 2026", "Nov 20, 2026"]);
});

test("shows the day within a minute after the computer resumed with a visible page", async () => {
  await open();
  await tab.page.clock.runFor(60_000);
  await tab.page.clock.setSystemTime(EVENING + 32 * 60 * 60 * 1000);
  await tab.page.clock.runFor(60_000);
  expect(await times()).toStrictEqual(["Nov 20, 2026", "Nov 20, 2026"]);
});

test("marks tickers, prices, changes, times, baskets and users as not translatable", async () => {
  await tab.page.goto(`${tab.url}?user=user003`);
  const connection = await tab.feed.connections.next();
  await connection.messages.next();
  const baskets = [{ name: "FAANG", version: 1, tickers: ["META"] }];
  connection.answer(
    { watching: ["AAPL"], baskets, user: { id: "user003", version: 1 } },
    quote("AAPL", 2400, 1),
    quote("META", 70_000, 1),
  );
  connection.sendQuotes(quote("AAPL", 2500, 2));
  await tab.shows("$25.00");
  const translated = await tab.page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts: string[] = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.parentElement?.translate && node.textContent?.trim()) texts.push(node.textContent);
    }
    return texts.filter((text) => /AAPL|META|FAANG|user003|\d/.test(text));
  });
  expect(translated).toStrictEqual(["1 ticker"]);
});
