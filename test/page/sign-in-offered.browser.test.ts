/**
 * A service that requires a token only to attach to a user. Does not prove that it verifies the token: test/flows does.
 */
import { expect, test } from "vitest";
import { type FeedConnection, quote } from "./feed.ts";
import { LATER, makeToken } from "./make-token.ts";
import { useWatchTab } from "./watch-tab.ts";

const NOW = Date.UTC(2026, 10, 20, 15, 42, 8);
const MINUTE = 60_000;

const tab = useWatchTab({ access: { watch: "open", user: "token", publish: "open" } });
const token = makeToken("user003", LATER);
const refusal = "The token is not signed by ticker-watch, or was changed.";

/** The page's next connection, attached to the user, with AAPL on the list. */
async function authorize(text = token): Promise<FeedConnection> {
  const connection = await tab.feed.connections.next();
  expect(await connection.messages.next()).toStrictEqual({ action: "authorize", token: text });
  connection.answer({ watching: ["AAPL"], user: { id: "user003", version: 1 } }, quote("AAPL", 2400, 1));
  await tab.shows("$24.00");
  return connection;
}

const signInButton = () => tab.page.locator("header").getByRole("button", { name: "Sign in" });
const focused = async () => await tab.page.evaluate(() => document.activeElement?.id);
const kept = async () => await tab.page.evaluate(() => ({ ...sessionStorage }));
const offers = () => tab.feed.offers.take();
const anonymous = ["ticker-watch"];

test("watches without a token and offers the form behind a button", async () => {
  await tab.open("MSFT");
  expect(await tab.tokenField.isVisible()).toBe(false);
  await signInButton().press("Enter");
  await tab.shows("With a token, you watch as its user. It is kept only in this tab.");
  expect([await focused(), await signInButton().getAttribute("aria-expanded")]).toStrictEqual([
    "token",
    "true",
  ]);
  await tab.tokenField.fill("half of it");
  await tab.page.keyboard.press("Escape");
  expect([await focused(), await signInButton().getAttribute("aria-expanded")]).toStrictEqual([
    "sign-in-toggle",
    "false",
  ]);
  await signInButton().press("Enter");
  expect([await tab.tokenField.inputValue(), offers()]).toStrictEqual(["", [anonymous]]);
});

test("sends a token only in the first message of a new socket", async () => {
  const before = await tab.open("MSFT");
  await signInButton().click();
  await tab.signIn(token);
  await before.closed;
  await authorize();
  expect([offers(), before.messages.take()]).toStrictEqual([[anonymous, anonymous], []]);
  expect([await tab.rows(), tab.page.url(), await focused()]).toStrictEqual([
    ["AAPL $24.00 – –"],
    tab.url,
    "tickers",
  ]);
  expect(await tab.page.locator("#user").textContent()).toMatch(/^Watching as user003, token until /);
  await tab.page.reload();
  await authorize();
  expect(tab.troubles).toStrictEqual([]);
});

test("sign-out restores the browser's own list on another socket", async () => {
  await tab.open("MSFT");
  await signInButton().click();
  await tab.signIn(token);
  const connection = await authorize();
  await tab.page.getByRole("button", { name: "Sign out" }).click();
  await connection.closed;
  await tab.answerWatch("MSFT");
  expect([await tab.rows(), tab.page.url(), await kept()]).toStrictEqual([
    ["MSFT no price yet – –"],
    `${tab.url}?tickers=MSFT`,
    {},
  ]);
  expect([await tab.page.locator("#user").textContent(), await focused()]).toStrictEqual([
    "",
    "sign-in-toggle",
  ]);
});

test("explains a rejected token, clears it and continues anonymously on the same socket", async () => {
  await tab.open("MSFT");
  await signInButton().click();
  await tab.signIn(token);
  const connection = await tab.feed.connections.next();
  expect(await connection.messages.next()).toStrictEqual({ action: "authorize", token });
  expect(await tab.page.locator("#user").textContent()).toBe("");
  await tab.type("ibm");
  connection.refuse("unauthorized", refusal);
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", tickers: ["MSFT", "IBM"] });
  connection.answer(["IBM", "MSFT"]);
  await tab.page.locator("#status[data-state=live]").waitFor();
  expect([await tab.problem.textContent(), await tab.notice.textContent(), await kept()]).toStrictEqual([
    refusal,
    "",
    {},
  ]);
  expect([await tab.tokenField.isVisible(), await focused()]).toStrictEqual([true, "tickers"]);
  await tab.page.reload();
  await tab.answerWatch("MSFT", "IBM");
  expect(await tab.problem.textContent()).toBe("");
});

test("closing the form clears its message", async () => {
  await tab.open("MSFT");
  await signInButton().click();
  await tab.signIn("no token");
  await tab.problem.filter({ hasText: "Expected a token" }).waitFor();
  await signInButton().click();
  expect([await tab.problem.textContent(), await tab.tokenField.isVisible()]).toStrictEqual(["", false]);
});

test("requests a token of the user in the URL and shows the own list until then", async () => {
  await tab.page.goto(`${tab.url}?user=user003&tickers=MSFT`);
  await tab.answerWatch("MSFT");
  await tab.shows("Watching as user003 requires a token of user003. It is kept only in this tab.");
  expect(await tab.page.locator("#user").textContent()).toBe("");
  await tab.signIn(makeToken("user004", LATER));
  await tab.shows("Expected a token of user003, the user in the page's address, got one of user004.");
  await tab.signIn(token);
  await authorize();
  expect(tab.page.url()).toBe(`${tab.url}?user=user003`);
});

test("sends a stored token that has expired by the device clock and continues anonymously when it is rejected", async () => {
  await tab.open("MSFT");
  await tab.page.clock.install({ time: NOW });
  await tab.page.reload();
  await tab.answerWatch("MSFT");
  const short = makeToken("user003", new Date(NOW + 10 * MINUTE));
  await signInButton().click();
  await tab.signIn(short);
  const connection = await authorize(short);
  await tab.page.clock.setSystemTime(NOW + 11 * MINUTE);
  connection.close();
  const next = await tab.feed.connections.next();
  expect(await next.messages.next()).toStrictEqual({ action: "authorize", token: short });
  next.refuse("unauthorized", "The token has expired. Get a new one.");
  expect(await next.messages.next()).toStrictEqual({ action: "watch", tickers: ["MSFT"] });
  await tab.problem.filter({ hasText: "The token has expired. Get a new one." }).waitFor();
  expect([await tab.rows(), await kept()]).toStrictEqual([["MSFT no price yet – –"], {}]);
});
