/** The list of a user on the page. Does not prove that the service keeps one: test/flows does. */
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

test("attaches and shows the user's list, and leaves the browser's own alone", async () => {
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

test("says that tickers of the address are not on the user's list, and leaves them to be added", async () => {
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

test("offers no token where it already is the user by name", async () => {
  const connection = await open();
  await tab.shows("Watching as user003");
  expect(await tab.page.getByRole("button", { name: /^Sign/ }).count()).toBe(0);
  connection.close();
  const next = await attach();
  next.refuse("unauthorized", "No.");
  await tab.page.getByRole("button", { name: "Sign in" }).waitFor();
});

test("shows a change of the list when the service says so, and no sooner", async () => {
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

test("follows what another connection of the user changes, and no list that is older", async () => {
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

test("attaches again when the socket was lost, and takes the list as it is then", async () => {
  const connection = await open();
  connection.close();
  const next = await attach();
  next.answer(ofUser(1, "GOOG"), quote("GOOG", 31_300, 1));
  await tab.shows("$313.00");
  expect(await tab.rows()).toStrictEqual(["GOOG $313.00 – –"]);
});

test("says that the user is refused, and goes on with the list of the address", async () => {
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

test("says both that the user is refused and what is wrong with the address", async () => {
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

test("goes on with the list of the last visit when the user is refused and the address has none", async () => {
  await tab.open("GOOG");
  await tab.page.goto(`${tab.url}?user=user003`);
  const connection = await attach();
  await tab.type("ibm");
  connection.refuse("unauthorized", "No.");
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers: ["GOOG", "IBM"] });
});

test("refuses a name that no user has, without asking", async () => {
  await tab.page.goto(`${tab.url}?user=a+b&tickers=AAPL`);
  await tab.answerWatch("AAPL");
  expect(await tab.notice.textContent()).toBe(
    "Expected a user to be 1 to 128 printable ASCII characters without spaces, got “a b”. Correct the page's address.",
  );
});
