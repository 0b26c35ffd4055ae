/**
 * A service that requires a token to connect. Does not prove that the service verifies it (test/flows does): the feed here
 * accepts any token.
 */
import { expect, test } from "vitest";
import { type FeedConnection, quote } from "./feed.ts";
import { LATER, makeToken } from "./make-token.ts";
import { servePage } from "./serve-page.ts";
import { PUBLISH_URL, useWatchTab } from "./watch-tab.ts";

const NOW = Date.UTC(2026, 10, 20, 15, 42, 8);
const MINUTE = 60_000;

const tab = useWatchTab({
  access: { watch: "token", user: "token", publish: "token" },
  context: { locale: "en-US", timezoneId: "UTC" },
});
const token = makeToken("user003", LATER);
const notLetIn = "Could not connect. The token may have been rejected, or the service is unreachable.";
const expired = `${notLetIn} By this device's clock the token has expired.`;

/** The page's next connection, attached to the user, with AAPL on the list. */
async function attach(user = "user003"): Promise<FeedConnection> {
  const connection = await tab.feed.connections.next();
  expect(await connection.messages.next()).toStrictEqual({ action: "user", id: user });
  connection.answer({ watching: ["AAPL"], user: { id: user, version: 1 } }, quote("AAPL", 2400, 1));
  await tab.shows("$24.00");
  return connection;
}

async function openSignedIn(text = token): Promise<FeedConnection> {
  await tab.page.goto(tab.url);
  await tab.signIn(text);
  return await attach();
}

/** Waits until the page shows that it is not connected, with the sign-in form. */
async function signedOut(): Promise<void> {
  await tab.shows("Not connected");
  await tab.tokenField.waitFor();
}

const focused = async () => await tab.page.evaluate(() => document.activeElement?.id);
const kept = async () => await tab.page.evaluate(() => ({ ...sessionStorage }));

test("requests a token first and does not connect without one", async () => {
  await tab.page.goto(`${tab.url}?tickers=MSFT`);
  await signedOut();
  await tab.shows("Watching requires a token. It is kept only in this tab.");
  await tab.shows(`curl -H "Authorization: Bearer $TOKEN" -d ticker=AAPL -d price=2400 ${PUBLISH_URL}`);
  await tab.page.evaluate(() => dispatchEvent(new Event("online")));
  expect(await tab.page.getByLabel("Tickers").isVisible()).toBe(false);
  expect(await tab.page.getByRole("button").allTextContents()).toStrictEqual(["Sign in", "Copy"]);
  expect([tab.feed.offers.take(), tab.page.url()]).toStrictEqual([[], `${tab.url}?tickers=MSFT`]);
  expect(tab.troubles).toStrictEqual([]);
});

test("offers the token as a subprotocol, attaches to its user and shows the user", async () => {
  await tab.page.clock.setFixedTime(NOW);
  const text = makeToken("user003", new Date(NOW + 80 * MINUTE));
  const connection = await openSignedIn(`  ${text} `);
  expect([connection.subprotocol, await tab.feed.offers.next()]).toStrictEqual([
    "ticker-watch",
    ["ticker-watch", text],
  ]);
  expect(await tab.page.locator("#user").textContent()).toBe("Watching as user003, token until 17:02");
  expect([await tab.tokenField.isVisible(), await focused()]).toStrictEqual([false, "tickers"]);
  expect(await tab.page.getByRole("button", { name: /^Sign/ }).allTextContents()).toStrictEqual(["Sign out"]);
  expect(tab.troubles).toStrictEqual([]);
});

test.each([
  ["tomorrow", 24 * 60 * MINUTE, "Nov 21, 15:42"],
  ["next year", 365 * 24 * 60 * MINUTE, "Nov 20, 2027"],
])("shows the expiry of a token of %s", async (_, ms, until) => {
  await tab.page.clock.setFixedTime(NOW);
  await openSignedIn(makeToken("user003", new Date(NOW + ms)));
  expect(await tab.page.locator("#user").textContent()).toBe(`Watching as user003, token until ${until}`);
});

test("keeps the token after a reload, only in this tab", async () => {
  await openSignedIn();
  expect(await kept()).toStrictEqual({ token });
  expect(await tab.page.evaluate(() => ({ ...localStorage }))).toStrictEqual({});
  expect(tab.page.url()).toBe(tab.url);
  expect(await tab.page.content()).not.toContain(token);
  expect(await tab.page.locator("#token").inputValue()).toBe("");
  await tab.page.reload();
  await attach();

  const opened = tab.page.context().waitForEvent("page");
  await tab.page.evaluate(() => void open(location.href, "_blank", "noopener"));
  const other = await opened;
  await other.getByText("Not connected", { exact: true }).waitFor();
  await other.close();
});

test("sign-out clears the token, closes the socket and hides the user's list", async () => {
  const connection = await openSignedIn();
  tab.feed.offers.take();
  await tab.page.getByRole("button", { name: "Sign out" }).press("Enter");
  await connection.closed;
  await signedOut();
  expect([await kept(), await tab.rows(), await tab.page.locator("#user").textContent()]).toStrictEqual([
    {},
    [],
    "",
  ]);
  expect([await focused(), await tab.problem.textContent()]).toStrictEqual(["token", ""]);
  await tab.page.reload();
  await signedOut();
  expect(tab.feed.offers.take()).toStrictEqual([]);
});

test("rejects an invalid token and selects it for replacement", async () => {
  await tab.page.goto(tab.url);
  await tab.signIn("my password");
  await tab.shows("Expected a token: three parts separated by dots. Copy the complete token.");
  expect([await focused(), await tab.tokenField.getAttribute("aria-invalid")]).toStrictEqual([
    "token",
    "true",
  ]);
  await tab.page.keyboard.insertText(token);
  await tab.page.keyboard.press("Enter");
  await attach();
  expect([await tab.problem.textContent(), await tab.feed.offers.next()]).toStrictEqual([
    "",
    ["ticker-watch", token],
  ]);
});

test("shows a refused connection, requests another token and keeps retrying", async () => {
  tab.feed.isRefusing = true;
  await tab.page.goto(tab.url);
  await tab.signIn(token);
  await tab.problem.filter({ hasText: notLetIn }).waitFor();
  expect([await tab.tokenField.isVisible(), await tab.page.getByLabel("Tickers").isVisible()]).toStrictEqual([
    true,
    false,
  ]);
  await tab.page
    .getByRole("status")
    .filter({ hasText: /^Reconnecting in \d+ s\.$/ })
    .waitFor();
  for (const _ of [1, 2, 3]) expect(await tab.feed.offers.next()).toStrictEqual(["ticker-watch", token]);
  tab.feed.isRefusing = false;
  await attach();
  expect([await tab.problem.textContent(), await tab.tokenField.isVisible()]).toStrictEqual(["", false]);
  expect(tab.troubles.join()).not.toContain(token);
});

test("uses another token at once and drops the previous one", async () => {
  tab.feed.isRefusing = true;
  await tab.page.goto(tab.url);
  await tab.signIn(token);
  await tab.problem.filter({ hasText: notLetIn }).waitFor();
  const another = makeToken("user004", LATER);
  await tab.signIn(another);
  await tab.feed.offers.until(["ticker-watch", another]);
  await tab.problem.filter({ hasText: notLetIn }).waitFor();
  expect(await tab.feed.offers.next()).toStrictEqual(["ticker-watch", another]);
  tab.feed.isRefusing = false;
  await attach("user004");
  expect(await kept()).toStrictEqual({ token: another });
});

test("keeps a token that was accepted before after a failed connection", async () => {
  const connection = await openSignedIn();
  tab.feed.isRefusing = true;
  connection.close();
  await tab.page.getByRole("status").filter({ hasText: "Refused or unreachable." }).waitFor();
  expect([await tab.problem.textContent(), await tab.tokenField.isVisible()]).toStrictEqual(["", false]);
  expect(await tab.rows()).toStrictEqual(["AAPL $24.00 – –"]);
});

test("shows why the service rejects the user, clears the token and does not retry", async () => {
  await tab.page.goto(tab.url);
  await tab.signIn(token);
  const connection = await tab.feed.connections.next();
  await connection.messages.next();
  tab.feed.offers.take();
  connection.refuse("unauthorized", "This service does not take a user's name without that user's token.");
  await connection.closed;
  await signedOut();
  expect([await tab.problem.textContent(), await kept(), await focused()]).toStrictEqual([
    "This service does not take a user's name without that user's token.",
    {},
    "token",
  ]);
  expect(await tab.page.locator("#notice").textContent()).toBe("");
  await tab.page.evaluate(() => dispatchEvent(new Event("online")));
  await tab.page.reload();
  await signedOut();
  expect([tab.feed.offers.take(), await tab.problem.textContent()]).toStrictEqual([[], ""]);
});

test("connects with a pasted or stored token that has expired only by the device clock", async () => {
  const text = makeToken("user003", new Date(NOW + 10 * MINUTE));
  // The device clock is two hours fast.
  await tab.page.clock.setFixedTime(NOW + 120 * MINUTE);
  await openSignedIn(text);
  expect([await tab.problem.textContent(), await kept()]).toStrictEqual(["", { token: text }]);
  await tab.page.reload();
  await attach();
  expect(await tab.problem.textContent()).toBe("");
});

test("shows that a token has probably expired when refused, and requests another", async () => {
  await tab.page.clock.setFixedTime(NOW);
  tab.feed.isRefusing = true;
  await tab.page.goto(tab.url);
  const ended = makeToken("user003", new Date(NOW - MINUTE));
  await tab.signIn(ended);
  await tab.problem.filter({ hasText: expired }).waitFor();
  expect(await tab.feed.offers.next()).toStrictEqual(["ticker-watch", ended]);
  tab.feed.isRefusing = false;
  await tab.signIn(token);
  await attach();
  expect(await tab.problem.textContent()).toBe("");
});

test("keeps a socket whose token expires and requests a new token when the next socket is refused", async () => {
  await tab.page.clock.install({ time: NOW });
  const connection = await openSignedIn(makeToken("user003", new Date(NOW + 10 * MINUTE)));
  await tab.page.clock.setSystemTime(NOW + 11 * MINUTE);
  connection.sendQuotes(quote("AAPL", 2500, 2));
  await tab.shows("$25.00");
  tab.feed.isRefusing = true;
  connection.close();
  await tab.problem.filter({ hasText: expired }).waitFor();
  expect(await tab.tokenField.isVisible()).toBe(true);
  tab.feed.isRefusing = false;
  await tab.signIn(makeToken("user003", new Date(NOW + 30 * MINUTE)));
  await attach();
  expect(await tab.problem.textContent()).toBe("");
});

test("requests a token of the user in the URL and rejects tokens of other users", async () => {
  await tab.page.goto(`${tab.url}?user=user003`);
  await tab.shows("Watching as user003 requires a token of user003. It is kept only in this tab.");
  await tab.signIn(makeToken("user004", LATER));
  await tab.shows("Expected a token of user003, the user in the page's address, got one of user004.");
  expect(tab.feed.offers.take()).toStrictEqual([]);
  await tab.signIn(token);
  await attach();
});

test("is signed out when restored from the back/forward cache after a sign-out in the same tab", async () => {
  const connection = await openSignedIn();
  tab.feed.offers.take();
  await tab.page.evaluate(() => {
    dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    sessionStorage.clear();
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  });
  await connection.closed;
  await signedOut();
  expect([tab.feed.offers.take(), await tab.rows()]).toStrictEqual([[], []]);
});

test("the sign-in form fits the narrowest phone", async () => {
  await tab.page.setViewportSize({ width: 320, height: 800 });
  const user = "u".repeat(64);
  await tab.page.goto(`${tab.url}?user=${user}`);
  await signedOut();
  await tab.signIn(token);
  await tab.problem.filter({ hasText: "got one of user003" }).waitFor();
  expect(await tab.overflow("html")).toStrictEqual([0]);
  await tab.signIn(makeToken(user, LATER));
  await attach(user);
  expect(await tab.overflow("html")).toStrictEqual([0]);
});

test("shows the owner of the token when watching as another user with open users", async () => {
  const access = { watch: "token", user: "open", publish: "open" };
  const config = { watchUrl: tab.feed.url, publishUrl: PUBLISH_URL, access };
  await using served = await servePage(JSON.stringify(config), tab.feed.url);
  await tab.page.clock.setFixedTime(NOW);
  await tab.page.goto(`${served.url}?user=user003`);
  const text = makeToken("operator", new Date(NOW + MINUTE));
  await tab.signIn(text);
  await attach("user003");
  expect(await tab.feed.offers.next()).toStrictEqual(["ticker-watch", text]);
  expect(await tab.page.locator("#user").textContent()).toBe(
    "Watching as user003, with operator’s token until 15:43",
  );
});
