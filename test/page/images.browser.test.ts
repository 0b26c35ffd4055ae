/**
 * The images of the README; `UPDATE_SCREENSHOTS=1 npx vitest run --project browser test/page` writes them. Does not compare
 * them, since fonts differ between machines.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { WireQuote } from "#protocol/messages.ts";
import { useWatchTab } from "./watch-tab.ts";

const IMAGES = join(import.meta.dirname, "..", "..", "docs", "images");
const NOW = Date.UTC(2026, 10, 20, 15, 42, 8);

const tab = useWatchTab({
  publishUrl: "http://127.0.0.1:4002/development",
  context: {
    viewport: { width: 860, height: 320 },
    deviceScaleFactor: 1.5,
    locale: "en-US",
    timezoneId: "UTC",
  },
});

/** Consecutive prices in cents, and the age of the last one in seconds. */
const PRICES: readonly (readonly [ticker: string, prices: readonly number[], secondsAgo: number])[] = [
  ["AAPL", [22_940, 23_110, 23_187], 2],
  ["GOOG", [31_480, 31_342, 31_300], 5],
  ["MSFT", [50_130, 50_291, 50_412], 9],
  ["AMZN", [22_601, 22_604, 22_610, 22_588], 0],
  ["BRK.B", [74_810_050], 61],
];

function quotesOf(round: number): WireQuote[] {
  return PRICES.flatMap(([ticker, prices, secondsAgo]) => {
    const price = prices[round];
    if (price === undefined) return [];
    const at = new Date(NOW - 1000 * secondsAgo).toISOString();
    return [{ ticker, price, version: round + 1, at }];
  });
}

test.each([
  ["light", "page.png"],
  ["dark", "page-dark.png"],
] as const)("renders five tickers in %s colours, one with a falling price", async (colorScheme, file) => {
  await tab.page.clock.setFixedTime(NOW);
  await tab.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  const connection = await tab.open(...PRICES.map(([ticker]) => ticker));
  for (const round of [0, 1, 2]) connection.sendQuotes(...quotesOf(round));
  await tab.shows("$231.87");
  await tab.page.emulateMedia({ colorScheme, reducedMotion: "no-preference" });
  connection.sendQuotes(...quotesOf(3));
  await tab.shows("$225.88");
  // Pauses the flash where it is most visible.
  await tab.page.evaluate(() => {
    for (const animation of document.getAnimations()) {
      animation.pause();
      animation.currentTime = 0;
    }
  });
  expect(await tab.rows()).toStrictEqual([
    "AAPL $231.87 ▲ +0.77 ▲ +2.47",
    "GOOG $313.00 ▼ −0.42 ▼ −1.80",
    "MSFT $504.12 ▲ +1.21 ▲ +2.82",
    "AMZN $225.88 ▼ −0.22 ▼ −0.13",
    "BRK.B $748,100.50 – –",
  ]);
  const image = await tab.page.screenshot({ fullPage: true });
  if (process.env["UPDATE_SCREENSHOTS"]) {
    await mkdir(IMAGES, { recursive: true });
    await writeFile(join(IMAGES, file), image);
  }
});
