/**
 * Accessibility by axe-core and by keyboard. Does not prove what a screen reader reads: axe-core finds about half of the
 * problems that a manual test finds.
 */
import { expect, test } from "vitest";
import { quote } from "./feed.ts";
import { applyAppearance, findViolations, inEachAppearance } from "./find-violations.ts";
import { useWatchTab } from "./watch-tab.ts";

const tab = useWatchTab();

const states: Readonly<Record<string, () => Promise<void>>> = {
  empty: async () => {
    await tab.page.goto(tab.url);
    await tab.shows("Add a ticker, then publish a price:");
    await tab.feed.connections.next();
  },
  "with prices": async () => {
    const connection = await tab.open("AAPL", "GOOG", "MSFT");
    await tab.page.getByRole("button", { name: "Announce changes" }).click();
    connection.sendQuotes(quote("AAPL", 2400, 1), quote("GOOG", 31_300, 1));
    connection.sendQuotes(quote("AAPL", 2500, 2), quote("GOOG", 31_200, 2));
    await tab.shows("$312.00");
  },
  "with notices, baskets and a user": async () => {
    await tab.page.goto(`${tab.url}?user=user003`);
    const connection = await tab.feed.connections.next();
    await connection.messages.next();
    connection.answer(
      {
        watching: ["AAPL"],
        baskets: [{ name: "FAANG", version: 1, tickers: ["AAPL", "META"] }],
        user: { id: "user003", version: 1 },
      },
      quote("META", 70_000, 1),
    );
    connection.send({ action: "notice", message: "Markets close early today." });
    await tab.shows("Markets close early today.");
    await tab.shows("$700.00");
  },
  "with errors": async () => {
    const connection = await tab.open("AAPL");
    await tab.type("a$pl");
    tab.feed.isRefusing = true;
    connection.close();
    await tab.page.locator("#status[data-state=waiting]").waitFor();
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

test("the table is no live region, and the announce button enables summaries of its changes", async () => {
  const connection = await tab.open("AAPL", "GOOG");
  const announcement = tab.page.locator("#announcement");
  connection.sendQuotes(quote("AAPL", 2400, 1), quote("GOOG", 31_300, 1));
  await tab.shows("$313.00");
  expect(await announcement.textContent()).toBe("");

  const toggle = tab.page.getByRole("button", { name: "Announce changes", pressed: false });
  await toggle.press("Space");
  const pressed = tab.page.getByRole("button", { name: "Announce changes", pressed: true });
  await tab.shows("Price changes are summarized here, at most every 10 s.");
  connection.sendQuotes(quote("AAPL", 2412, 2), quote("GOOG", 31_200, 2));
  await tab.shows("AAPL $24.12, up $0.12. GOOG $312.00, down $1.00.");
  await pressed.press("Enter");
  expect(await announcement.textContent()).toBe("");
  await toggle.waitFor();

  const live = "[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log]";
  expect(await tab.page.locator(live).evaluateAll((all) => all.map(({ id }) => id))).toStrictEqual([
    "status",
    "notices",
    "sign-in-problem",
    "notice",
    "announcement",
    "copy",
  ]);
  expect(await tab.page.locator("table").evaluate((table) => table.closest("[aria-live]"))).toBeNull();
});

test("all controls are reachable by keyboard in reading order", async () => {
  const connection = await tab.open("AAPL", "GOOG");
  connection.send({ action: "notice", message: "Markets close early today." });
  await tab.shows("Markets close early today.");
  await tab.type("@FAANG");
  await tab.page.locator("h1").click();
  const names: (string | null)[] = [];
  for (let i = 0; i < 9; i += 1) {
    await tab.page.keyboard.press("Tab");
    names.push(
      await tab.page.evaluate(() => {
        const { activeElement } = document;
        if (activeElement instanceof HTMLInputElement) return "the field";
        return activeElement?.ariaLabel ?? activeElement?.textContent ?? null;
      }),
    );
  }
  expect(names).toStrictEqual([
    "Sign in",
    "Dismiss notice",
    "the field",
    "Add",
    "Drop basket FAANG",
    "Drop AAPL",
    "Drop GOOG",
    "Announce changes",
    "Copy",
  ]);
});
