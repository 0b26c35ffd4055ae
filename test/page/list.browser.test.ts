/** The list of tickers in the form, in the URL and in the browser's storage. */
import { expect, test } from "vitest";
import { TICKER_FORMAT } from "#protocol/quote.ts";
import { PUBLISH_URL, useWatchTab } from "./watch-tab.ts";

const tab = useWatchTab();

test("adds typed tickers and keeps them in the URL and after a reload", async () => {
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

test("drops a ticker, also by keyboard, and unwatches it", async () => {
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

test("adds nothing if any item is invalid, names each invalid item and keeps the text", async () => {
  const connection = await tab.open("AAPL");
  await tab.type("MSFT, G OOG$$ @a$");
  expect(await tab.notice.textContent()).toBe(
    `Expected a ticker to be ${TICKER_FORMAT}, got “OOG$$”. ` +
      "Expected a basket to be @ and 1 to 64 of A–Z a–z 0–9 . _ -, got “@a$”. Nothing was added.",
  );
  const field = tab.page.getByLabel("Tickers");
  expect([await field.inputValue(), await field.getAttribute("aria-invalid")]).toStrictEqual([
    "MSFT, G OOG$$ @a$",
    "true",
  ]);
  expect([await tab.rows(), tab.page.url()]).toStrictEqual([
    ["AAPL no price yet – –"],
    `${tab.url}?tickers=AAPL`,
  ]);
  await tab.type("“$msft”；ＧＯＯＧ");
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers: ["MSFT", "GOOG"] });
  expect([await tab.notice.textContent(), await field.getAttribute("aria-invalid")]).toStrictEqual([
    "",
    "false",
  ]);
});

test("disables autocorrection and autocompletion in the field", async () => {
  await tab.open("AAPL");
  const field = tab.page.getByLabel("Tickers");
  const names = ["autocorrect", "autocapitalize", "spellcheck", "autocomplete", "translate"];
  expect(await Promise.all(names.map((name) => field.getAttribute(name)))).toStrictEqual([
    "off",
    "off",
    "false",
    "off",
    "no",
  ]);
});

test("explains an unescaped & in the URL and puts the ticker into the field", async () => {
  await tab.page.goto(`${tab.url}?tickers=AAPL,M&M.NS`);
  await tab.answerWatch("AAPL");
  expect(await tab.notice.textContent()).toBe(
    "Expected the address to list tickers as ?tickers=AAPL,GOOG, with each & in a ticker written as %26, got “M&M.NS”.",
  );
  expect(await tab.page.getByLabel("Tickers").inputValue()).toBe("M&M.NS");
  expect([await tab.rows(), tab.page.url()]).toStrictEqual([
    ["AAPL no price yet – –"],
    `${tab.url}?tickers=AAPL`,
  ]);
});

test("explains a ticker outside the lists of the URL and keeps the list of the last visit", async () => {
  await tab.open("GOOG");
  await tab.page.goto(`${tab.url}?AAPL`);
  await tab.answerWatch("GOOG");
  expect(await tab.notice.textContent()).toMatch(/^Expected the address to list tickers .*, got “AAPL”\.$/);
  expect(await tab.page.getByLabel("Tickers").inputValue()).toBe("AAPL");
});

test("rejects a list above the limit of a connection", async () => {
  const connection = await tab.open("AAPL");
  await tab.type(Array.from({ length: 500 }, (_, i) => `T${i}`).join(" "));
  expect(await tab.notice.textContent()).toBe(
    "Expected at most 500 tickers and baskets in a list, got 501. Drop some first.",
  );
  expect(await tab.rows()).toStrictEqual(["AAPL no price yet – –"]);
  await tab.type("GOOG");
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers: ["GOOG"] });
});

test("restores the list of the last visit when the URL has none", async () => {
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

test("works in a browser without storage", async () => {
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
