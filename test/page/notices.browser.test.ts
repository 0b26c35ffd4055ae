/** Words of the operator's on the page. accessibility.browser.test.ts has the live region that they come in. */
import { expect, test } from "vitest";
import type { FeedConnection } from "./feed.ts";
import { useWatchTab } from "./watch-tab.ts";

const tab = useWatchTab();

function tell(connection: FeedConnection, ...messages: string[]) {
  for (const message of messages) connection.send({ action: "notice", message });
}

const shown = async () => await tab.page.locator("#notices p").allTextContents();

test("shows a notice as text, with its time", async () => {
  await tab.page.clock.setFixedTime(new Date(2026, 10, 20, 15, 42, 8));
  const connection = await tab.open("AAPL");
  tell(connection, '<img src="x" onerror="alert(1)"> & more');
  await tab.shows('<img src="x" onerror="alert(1)"> & more');
  expect(await tab.page.locator("#notices img").count()).toBe(0);
  await tab.shows("15:42:08");
  expect(tab.troubles).toStrictEqual([]);
});

test("keeps the newest five, the newest first, and the same words once", async () => {
  const connection = await tab.open("AAPL");
  tell(connection, "one", "two", "three", "four", "five", "six", "three");
  await expect.poll(shown).toStrictEqual(["three", "six", "five", "four", "two"]);
});

test("cuts what nobody would read", async () => {
  const connection = await tab.open("AAPL");
  tell(connection, "x".repeat(100_000));
  await expect.poll(shown).toStrictEqual([`${"x".repeat(2000)}…`]);
});

test("dismisses one after the other, by keyboard too", async () => {
  const connection = await tab.open("AAPL");
  tell(connection, "one", "two", "three");
  await tab.shows("three");
  await tab.page.getByRole("button", { name: "Dismiss notice" }).nth(1).click();
  expect(await shown()).toStrictEqual(["three", "one"]);
  await tab.page.keyboard.press("Enter");
  expect(await shown()).toStrictEqual(["three"]);
  await tab.page.keyboard.press("Enter");
  expect(await shown()).toStrictEqual([]);
  expect(await tab.page.evaluate(() => document.activeElement?.id)).toBe("tickers");
});

test("a notice that comes does not take the focus, nor touch those that are there", async () => {
  const connection = await tab.open("AAPL");
  tell(connection, "one");
  await tab.shows("one");
  await tab.page.getByRole("button", { name: "Dismiss notice" }).focus();
  await tab.page.evaluate(() => {
    const list = document.querySelector("#notices") as Element;
    new MutationObserver((changes) => {
      document.body.dataset["changes"] = changes
        .map(({ addedNodes, removedNodes }) => `+${addedNodes.length} -${removedNodes.length}`)
        .join(" ");
    }).observe(list, { subtree: true, childList: true, characterData: true });
  });
  tell(connection, "two");
  await tab.shows("two");
  expect(await tab.page.locator("body").getAttribute("data-changes")).toBe("+1 -0");
  const focused = await tab.page.evaluate(
    () => document.activeElement?.parentElement?.querySelector("p")?.textContent,
  );
  expect(focused).toBe("one");
});
