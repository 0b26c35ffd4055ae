/** The list of a user on the page. Does not prove that the service stores it: test/flows does. */
import { expect, test } from "vitest";
import { type FeedConnection, quote, type Watched } from "./feed.ts";
import { useWatchTab } from "./watch-tab.ts";

const tab = useWatchTab();

/** The user's list at a version. */
const ofUser = (version: number, ...watching: string[]): Watched => ({
  watching,
  user: { id: "user003", version },
});

async function attach(): Promise<FeedConnection> {
  const connection = await tab.feed.connections.next();
  expect(await connection.messages.next()).toStrictEqual({ action: "user", id: "user003" });
  return connection;
}

/** The page of the user, with AAPL on the list. */
async function open(query = "?user=user003"): Promise<FeedConnection> {
  await tab.page.goto(`${tab.url}${query}`);
  const connection = await attach();
  connection.answer(ofUser(4, "AAPL"), quote("AAPL", 2400, 1));
  await tab.shows("$24.00");
  return connection;
}

const stored = async () => await tab.page.evaluate(() => localStorage.getItem("tickers"));

test("attaches, shows the user's list and keeps the browser's own list", async () => {
  await tab.open("GOOG");
  const connection = await open("?user=user003&tickers=MSFT");
  await tab.shows("Watching as user003");
  expect(await tab.rows()).toStrictEqual(["AAPL $24.00 – –"]);
  expect([tab.page.url(), await stored()]).toStrictEqual([`${tab.url}?user=user003`, "GOOG"]);

  await tab.type("ibm");
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers: ["IBM"] });
  connection.answer(ofUser(5, "AAPL", "IBM"), quote("IBM", 28_000, 3));
  await tab.shows("$280.00");
  expect([tab.page.url(), await stored()]).toStrictEqual([`${tab.url}?user=user003`, "GOOG"]);
  expect(tab.troubles).toStrictEqual([]);
});

test("explains that tickers in the URL are not on the user's list and puts them into the field", async () => {
  const connection = await open("?user=user003&tickers=msft&baskets=FAANG");
  expect(await tab.notice.textContent()).toBe(
    "The list in the address was not added to the list of user003. Press Add to add it.",
  );
  expect(await tab.page.getByLabel("Tickers").inputValue()).toBe("MSFT @FAANG");
  await tab.page.getByRole("button", { name: "Add", exact: true }).click();
  expect(await connection.messages.next()).toStrictEqual({
    action: "watch",
    tickers: ["MSFT"],
    baskets: ["FAANG"],
  });
  connection.answer(ofUser(5, "AAPL", "MSFT"), quote("MSFT", 1, 1));
  await tab.shows("$0.01");
  expect([await tab.notice.textContent(), tab.page.url()]).toStrictEqual(["", `${tab.url}?user=user003`]);
});

test("offers no sign-in when attached to the user by name", async () => {
  const connection = await open();
  await tab.shows("Watching as user003");
  expect(await tab.page.getByRole("button", { name: /^Sign/ }).count()).toBe(0);
  connection.close();
  const next = await attach();
  next.refuse("unauthorized", "No.");
  await tab.page.getByRole("button", { name: "Sign in" }).waitFor();
});

test("shows a list change only after the service confirms it", async () => {
  const connection = await open();
  await tab.type("goog");
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers: ["GOOG"] });
  expect(await tab.rows()).toStrictEqual(["AAPL $24.00 – –"]);
  connection.answer(ofUser(5, "AAPL", "GOOG"), quote("GOOG", 31_300, 1));
  await tab.shows("$313.00");

  await tab.page.getByRole("button", { name: "Drop AAPL" }).press("Enter");
  expect(await connection.messages.next()).toStrictEqual({ action: "unwatch", tickers: ["AAPL"] });
  expect(await tab.rows()).toStrictEqual(["AAPL $24.00 – –", "GOOG $313.00 – –"]);
  connection.answer(ofUser(6, "GOOG"));
  await tab.page.getByText("AAPL", { exact: true }).waitFor({ state: "detached" });
  expect(await tab.rows()).toStrictEqual(["GOOG $313.00 – –"]);
  expect(await tab.page.evaluate(() => document.activeElement?.ariaLabel)).toBe("Drop GOOG");
});

test("applies list changes of another connection and ignores older lists", async () => {
  const connection = await open();
  connection.answerTo(
    undefined,
    { ...ofUser(6, "MSFT"), baskets: [{ name: "FAANG", version: 1, tickers: ["META"] }] },
    quote("MSFT", 50_000, 1),
  );
  connection.answerTo(undefined, ofUser(5, "AAPL", "MSFT"));
  connection.sendQuotes(quote("META", 70_000, 1));
  await tab.shows("$700.00");
  expect(await tab.rows()).toStrictEqual(["MSFT $500.00 – –", "META in FAANG $700.00 – –"]);
});

test("attaches again after a lost socket and applies the current list", async () => {
  const connection = await open();
  connection.close();
  const next = await attach();
  next.answer(ofUser(1, "GOOG"), quote("GOOG", 31_300, 1));
  await tab.shows("$313.00");
  expect(await tab.rows()).toStrictEqual(["GOOG $313.00 – –"]);
});

test("explains a rejected user and continues with the list in the URL", async () => {
  await tab.page.goto(`${tab.url}?user=user003&tickers=MSFT`);
  const connection = await attach();
  connection.refuse("unauthorized", "This service does not take a user's name without a token.");
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers: ["MSFT"] });
  connection.answer(["MSFT"], quote("MSFT", 50_000, 1));
  await tab.shows("$500.00");
  expect(await tab.notice.textContent()).toBe(
    "Not watching as user003. This service does not take a user's name without a token.",
  );
  expect(await tab.page.locator("#user").textContent()).toBe("");
});

test("explains both a rejected user and a stray in the URL", async () => {
  await tab.page.goto(`${tab.url}?user=user003&tickers=MSFT,M&M.NS`);
  const connection = await attach();
  connection.refuse("unauthorized", "No.");
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers: ["MSFT"] });
  expect(await tab.notice.textContent()).toBe(
    "Not watching as user003. No. Expected the address to list tickers as ?tickers=AAPL,GOOG, " +
      "with each & in a ticker written as %26, got “M&M.NS”.",
  );
  expect(await tab.page.getByLabel("Tickers").inputValue()).toBe("M&M.NS");
});

test("continues with the list of the last visit when the user is rejected and the URL has no list", async () => {
  await tab.open("GOOG");
  await tab.page.goto(`${tab.url}?user=user003`);
  const connection = await attach();
  await tab.type("ibm");
  connection.refuse("unauthorized", "No.");
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers: ["GOOG", "IBM"] });
});

test("rejects an invalid user without a request", async () => {
  await tab.page.goto(`${tab.url}?user=a+b&tickers=AAPL`);
  await tab.answerWatch("AAPL");
  expect(await tab.notice.textContent()).toBe(
    "Expected a user to be 1 to 128 printable ASCII characters without spaces, got “a b”. Correct the page's address.",
  );
});
