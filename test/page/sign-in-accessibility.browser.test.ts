/** Accessibility of signing in, with the limits of accessibility.browser.test.ts. */
import { expect, test } from "vitest";
import { quote } from "./feed.ts";
import { applyAppearance, findViolations, inEachAppearance } from "./find-violations.ts";
import { LATER, makeToken } from "./make-token.ts";
import { useWatchTab } from "./watch-tab.ts";

const tab = useWatchTab({ access: { watch: "token", user: "token", publish: "token" } });
const token = makeToken("user003", LATER);

const states: Readonly<Record<string, () => Promise<void>>> = {
  "signed out": async () => {
    await tab.page.goto(tab.url);
    await tab.shows("Not connected");
  },
  "signed in": async () => {
    await tab.page.goto(tab.url);
    await tab.signIn(token);
    const connection = await tab.feed.connections.next();
    await connection.messages.next();
    connection.answer({ watching: ["AAPL"], user: { id: "user003", version: 1 } }, quote("AAPL", 2400, 1));
    await tab.shows("$24.00");
  },
  "with what is no token": async () => {
    await tab.page.goto(tab.url);
    await tab.signIn("no token");
    await tab.problem.filter({ hasText: "Expected a token" }).waitFor();
  },
  "not let in": async () => {
    tab.feed.isRefusing = true;
    await tab.page.goto(tab.url);
    await tab.signIn(token);
    await tab.problem.filter({ hasText: "Could not connect" }).waitFor();
  },
  refused: async () => {
    await tab.page.goto(tab.url);
    await tab.signIn(token);
    const connection = await tab.feed.connections.next();
    await connection.messages.next();
    connection.refuse("unauthorized", "The token has expired. Get a new one.");
    await tab.shows("Not connected");
  },
};

test.each(inEachAppearance(Object.keys(states)))(
  "has no axe-core violations: $state, $colorScheme, $width pixels wide",
  async ({ state, ...appearance }) => {
    await applyAppearance(tab.page, appearance);
    await states[state]?.();
    expect(await findViolations(tab.page)).toStrictEqual([]);
  },
);

test("sign-in errors are in a permanent live region that describes the field", async () => {
  await tab.page.goto(tab.url);
  await tab.shows("Not connected");
  expect(await tab.problem.count()).toBe(1);
  await tab.signIn("no token");
  await tab.problem.filter({ hasText: "Expected a token" }).waitFor();
  expect([
    await tab.tokenField.getAttribute("aria-describedby"),
    await tab.problem.getAttribute("id"),
  ]).toStrictEqual(["sign-in-problem", "sign-in-problem"]);
  await tab.signIn(token);
  await tab.feed.connections.next();
  expect(await tab.problem.count()).toBe(1);
});

test("signing in and out works by keyboard", async () => {
  await tab.page.goto(tab.url);
  await tab.shows("Not connected");
  await tab.page.keyboard.press("Tab");
  await tab.page.keyboard.insertText(token);
  await tab.page.keyboard.press("Tab");
  await tab.page.keyboard.press("Space");
  await tab.feed.connections.next();
  await tab.page.keyboard.press("Shift+Tab");
  await tab.page.keyboard.press("Space");
  await tab.shows("Not connected");
  expect(await tab.page.evaluate(() => document.activeElement?.id)).toBe("token");
});
