/** Notices on the page. Does not prove that they are in a live region: accessibility.browser.test.ts does. */
import { expect, test } from "vitest";
import type { FeedConnection } from "./feed.ts";
import { useWatchTab } from "./watch-tab.ts";

const tab = useWatchTab();

function notify(connection: FeedConnection, ...messages: string[]) {
  for (const message of messages) connection.send({ action: "notice", message });
}

const shown = async () => await tab.page.locator("#notices p").allTextContents();

test("shows a notice as text, with its time", async () => {
  await tab.page.clock.setFixedTime(new Date(2026, 10, 20, 15, 42, 8));
  const connection = await tab.open("AAPL");
  notify(connection, '<img src="x" onerror="alert(1)"> & more');
  await tab.shows('<img src="x" onerror="alert(1)"> & more');
  expect(await tab.page.locator("#notices img").count()).toBe(0);
  await tab.shows("15:42:08");
  expect(tab.troubles).toStrictEqual([]);
});

test("keeps the newest five notices, newest first, without duplicates", async () => {
  const connection = await tab.open("AAPL");
  notify(connection, "one", "two", "three", "four", "five", "six", "three");
  await expect.poll(shown).toStrictEqual(["three", "six", "five", "four", "two"]);
});

test("truncates a notice to 2,000 characters", async () => {
  const connection = await tab.open("AAPL");
  notify(connection, "x".repeat(100_000));
  await expect.poll(shown).toStrictEqual([`${"x".repeat(2000)}…`]);
});

test("dismisses notices, also by keyboard", async () => {
  const connection = await tab.open("AAPL");
  notify(connection, "one", "two", "three");
  await tab.shows("three");
  await tab.page.getByRole("button", { name: "Dismiss notice" }).nth(1).click();
  expect(await shown()).toStrictEqual(["three", "one"]);
  await tab.page.keyboard.press("Enter");
  expect(await shown()).toStrictEqual(["three"]);
  await tab.page.keyboard.press("Enter");
  expect(await shown()).toStrictEqual([]);
  expect(await tab.page.evaluate(() => document.activeElement?.id)).toBe("tickers");
});

test("a new notice neither moves the focus nor changes the other notices", async () => {
  const connection = await tab.open("AAPL");
  notify(connection, "one");
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
  notify(connection, "two");
  await tab.shows("two");
  expect(await tab.page.locator("body").getAttribute("data-changes")).toBe("+1 -0");
  const focused = await tab.page.evaluate(
    () => document.activeElement?.parentElement?.querySelector("p")?.textContent,
  );
  expect(focused).toBe("one");
});
