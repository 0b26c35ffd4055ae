/**
 * The built page in a real browser, under a strict content security policy, against a server that says what the test
 * has it say. Does not prove that the service says the same: test/flows does.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { launchBrowser } from "./browser.ts";
import { Feed, type FeedConnection, quote } from "./feed.ts";
import { type ServedPage, servePage } from "./serve-page.ts";

const publishUrl = "https://publish.example/development";

let browser: Browser;
let feed: Feed;
let served: ServedPage;

beforeAll(async () => {
  feed = await Feed.start();
  [browser, served] = await Promise.all([
    launchBrowser(),
    servePage(JSON.stringify({ watchUrl: feed.url, publishUrl })),
  ]);
});

afterAll(async () => {
  await browser.close();
  await served[Symbol.asyncDispose]();
  await feed[Symbol.asyncDispose]();
});

let page: Page;
let troubles: string[];

beforeEach(async () => {
  page = await browser.newPage();
  troubles = [];
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") troubles.push(message.text());
  });
  onTestFinished(() => page.close());
});

/** The page with these tickers in its address, connected and with its watch answered. */
async function open(...tickers: string[]): Promise<FeedConnection> {
  await page.goto(`${served.url}?tickers=${tickers.join(",")}`);
  return await answerWatch(...tickers);
}

/** The page's next connection, with its watch answered. */
async function answerWatch(...tickers: string[]): Promise<FeedConnection> {
  const connection = await feed.connections.next();
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers });
  connection.answer(tickers);
  await page.locator("#status[data-state=live]").waitFor();
  return connection;
}

/** What the table says: ticker, price and change of each row. */
async function rows(): Promise<string[]> {
  const texts = await page.locator("tbody tr").evaluateAll((all) =>
    all.map((row) => {
      const cells = row.querySelectorAll("th, .price, .change");
      return Array.from(cells, (cell) => cell.textContent).join(" ");
    }),
  );
  return texts.map((text) => text.trim());
}

const shows = (text: string) => page.getByText(text, { exact: true }).waitFor();

async function type(text: string): Promise<void> {
  await page.getByLabel("Tickers").fill(text);
  await page.keyboard.press("Enter");
}

test("tells what to do while there is nothing to watch", async () => {
  await page.goto(served.url);
  await shows("Add a ticker, then publish a price:");
  await shows(`curl -d ticker=AAPL -d price=2400 ${publishUrl}`);
  expect(await page.getByRole("table").count()).toBe(0);
  const connection = await feed.connections.next();
  expect(await connection.messages.next()).toStrictEqual({ action: "ping", name: "page" });
  connection.send({ action: "pong", name: "page" });
  await page
    .getByRole("status")
    .filter({ hasText: /^Live$/ })
    .waitFor();
  expect(troubles).toStrictEqual([]);
});

test("shows prices and the direction of their last change", async () => {
  const connection = await open("AAPL", "GOOG", "MSFT");
  expect(await rows()).toStrictEqual(["AAPL no price yet –", "GOOG no price yet –", "MSFT no price yet –"]);
  connection.sendQuotes(quote("AAPL", 123_456, 1), quote("GOOG", -2400, 1));
  await shows("−$24.00");
  connection.sendQuotes(quote("AAPL", 123_468, 2), quote("GOOG", -2500, 2));
  await shows("−$25.00");
  expect(await rows()).toStrictEqual([
    "AAPL $1,234.68 ▲ +0.12",
    "GOOG −$25.00 ▼ −1.00",
    "MSFT no price yet –",
  ]);
  expect(await page.locator("time").first().getAttribute("datetime")).toBe("2025-01-02T03:04:02.000Z");
  expect(troubles).toStrictEqual([]);
});

test("updates the one row that a frame is about, and lets its price flash", async () => {
  const connection = await open("AAPL", "GOOG");
  connection.sendQuotes(quote("AAPL", 2400, 1), quote("GOOG", 31_300, 1));
  await shows("$313.00");
  await page.evaluate(() => {
    const touched = new Set<string>();
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const row = (target instanceof Element ? target : target.parentElement)?.closest("tr");
        touched.add(row?.querySelector("th")?.textContent ?? "no row");
      }
      document.body.dataset["touched"] = [...touched].join(" ");
      const flashes = Array.from(
        document.querySelectorAll("td.price"),
        (cell) => cell.getAnimations().length,
      );
      document.body.dataset["flashes"] = flashes.join(" ");
    }).observe(document.querySelector("tbody") as Node, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
  });
  connection.sendQuotes(quote("GOOG", 31_400, 2));
  await shows("$314.00");
  expect(await page.locator("body").getAttribute("data-touched")).toBe("GOOG");
  expect(await page.locator("body").getAttribute("data-flashes")).toBe("0 1");
});

test("lets nothing flash for those who want less motion", async () => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const connection = await open("AAPL");
  connection.sendQuotes(quote("AAPL", 2400, 1));
  connection.sendQuotes(quote("AAPL", 2500, 2));
  await shows("$25.00");
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
});

test("ignores quotes that are older, and of tickers that it does not watch", async () => {
  const connection = await open("AAPL", "GOOG");
  connection.sendQuotes(quote("AAPL", 2400, 7));
  connection.sendQuotes(quote("AAPL", 100, 6), quote("AAPL", 200, 7), quote("MSFT", 300, 1));
  connection.sendQuotes(quote("GOOG", 31_300, 1));
  await shows("$313.00");
  expect(await rows()).toStrictEqual(["AAPL $24.00 –", "GOOG $313.00 –"]);
});

test("survives frames that make no sense", async () => {
  const connection = await open("AAPL");
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
  await shows("$24.00");
  expect(troubles).toStrictEqual([]);
});

test("reconnects, watches again, and takes the prices of a service that counts anew", async () => {
  const connection = await open("AAPL");
  connection.sendQuotes(quote("AAPL", 2400, 9));
  await shows("$24.00");
  connection.close();
  const next = await answerWatch("AAPL");
  expect(await rows()).toStrictEqual(["AAPL $24.00 –"]);
  next.sendQuotes(quote("AAPL", 2300, 1));
  await shows("$23.00");
  expect(await rows()).toStrictEqual(["AAPL $23.00 ▼ −1.00"]);
});

test("says when it is refused, and tries again at once when the network is back", async () => {
  // Time stands still, so that no wait ends by itself.
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(1000);
  feed.isRefusing = true;
  await page.goto(`${served.url}?tickers=AAPL`);
  const refused = /^The service refused, or cannot be reached\. Reconnecting in \d+ s\.$/;
  await page.getByRole("status").filter({ hasText: refused }).waitFor();
  feed.isRefusing = false;
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await answerWatch("AAPL");
});

test("adds what is typed, keeps it in the address and over a reload", async () => {
  const connection = await open("AAPL");
  await type(" goog, brk.b ");
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers: ["GOOG", "BRK.B"] });
  expect(page.url()).toBe(`${served.url}?tickers=AAPL,GOOG,BRK.B`);
  expect(await page.getByLabel("Tickers").inputValue()).toBe("");
  await page.reload();
  await answerWatch("AAPL", "GOOG", "BRK.B");
  expect(await rows()).toStrictEqual(["AAPL no price yet –", "GOOG no price yet –", "BRK.B no price yet –"]);
});

test("drops a ticker, by keyboard too, and says so to the service", async () => {
  const connection = await open("AAPL", "GOOG");
  await page.getByRole("button", { name: "Drop AAPL" }).click();
  expect(await connection.messages.next()).toStrictEqual({ action: "unwatch", tickers: ["AAPL"] });
  connection.answer(["GOOG"]);
  expect(await rows()).toStrictEqual(["GOOG no price yet –"]);
  expect(page.url()).toBe(`${served.url}?tickers=GOOG`);
  await shows(`curl -d ticker=GOOG -d price=2400 ${publishUrl}`);

  await page.keyboard.press("Enter");
  expect(await connection.messages.next()).toStrictEqual({ action: "unwatch", tickers: ["GOOG"] });
  expect(page.url()).toBe(served.url);
  await shows("Add a ticker, then publish a price:");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("tickers");
});

test("refuses what is no ticker with a sentence, leaves it to be corrected, and takes the others", async () => {
  const connection = await open("AAPL");
  await type("goog a$pl");
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers: ["GOOG"] });
  const notice = page.getByRole("alert");
  expect(await notice.textContent()).toBe("Expected a ticker to be 1 to 16 of A–Z 0–9 . - ^ =, got “a$pl”.");
  expect(await page.getByLabel("Tickers").inputValue()).toBe("a$pl");
  expect(await rows()).toStrictEqual(["AAPL no price yet –", "GOOG no price yet –"]);
  await type("msft");
  await shows("MSFT");
  expect(await notice.textContent()).toBe("");
});

test("refuses more tickers than a connection may watch", async () => {
  const connection = await open("AAPL");
  await type(Array.from({ length: 500 }, (_, i) => `T${i}`).join(" "));
  expect(await page.getByRole("alert").textContent()).toBe(
    "Expected at most 500 tickers on one page, got 501. Drop some, or open another tab.",
  );
  expect(await rows()).toStrictEqual(["AAPL no price yet –"]);
  await type("GOOG");
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers: ["GOOG"] });
});

test("says what the service refuses", async () => {
  const connection = await open("AAPL");
  connection.send({ action: "error", code: "too-many", message: "Expected at most 500 tickers." });
  await page.getByRole("alert").filter({ hasText: "Expected at most 500 tickers." }).waitFor();
});

test.each([
  ["is missing", undefined, "Cannot read config.json, which says where prices come from: HTTP 404."],
  [
    "is of another kind",
    "{}",
    "Expected config.json to hold a watchUrl (wss://…) and a publishUrl (https://…)",
  ],
])("says plainly that its configuration %s", async (_, config, beginning) => {
  await using unconfigured = await servePage(config);
  await page.goto(unconfigured.url);
  await page.locator("#status[data-state=broken]").waitFor();
  expect((await page.getByRole("status").textContent())?.slice(0, beginning.length)).toBe(beginning);
});

/** By how many pixels the content of these elements is wider than they are. */
async function overflow(...selectors: string[]): Promise<number[]> {
  return await page.evaluate(
    (all) =>
      all.map((selector) => {
        const element = document.querySelector(selector) as Element;
        return element.scrollWidth - element.clientWidth;
      }),
    selectors,
  );
}

test("fits a phone's width", async () => {
  await page.setViewportSize({ width: 390, height: 800 });
  const connection = await open("AAPL", "ABCDEFGHIJKLMNOP");
  connection.sendQuotes(quote("AAPL", 999_999_999_999_999, 1), quote("ABCDEFGHIJKLMNOP", 123_456, 1));
  await shows("$1,234.56");
  expect(await overflow("html", "#prices")).toStrictEqual([0, 0]);
});

test("scrolls a table that is too wide inside its frame", async () => {
  await page.setViewportSize({ width: 500, height: 800 });
  const connection = await open("ABCDEFGHIJKLMNOP");
  connection.sendQuotes(quote("ABCDEFGHIJKLMNOP", 999_999_999_999_999, 1));
  connection.sendQuotes(quote("ABCDEFGHIJKLMNOP", -999_999_999_999_999, 2));
  await shows("−$9,999,999,999,999.99");
  const [ofPage, ofFrame = 0] = await overflow("html", "#prices");
  expect([ofPage, ofFrame > 0]).toStrictEqual([0, true]);
});
