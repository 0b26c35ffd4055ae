/** Tickers and user ids of public feeds and issuers. Does not prove that the service accepts them: test/flows does. */
import { expect, test } from "vitest";
import { TICKERS } from "#support/identities.ts";
import { quote } from "./feed.ts";
import { useWatchTab } from "./watch-tab.ts";

const tab = useWatchTab();

test("watches typed tickers, lists them in the URL and watches them again after a reload", async () => {
  const connection = await tab.open("X");
  await tab.type(TICKERS.join(" "));
  expect(await connection.messages.next()).toMatchObject({ action: "watch", tickers: TICKERS });
  const listed = ["X", ...TICKERS];
  expect(tab.page.url()).toBe(`${tab.url}?tickers=${listed.map(encodeURIComponent).join(",")}`);
  await tab.page.reload();
  const again = await tab.feed.connections.next();
  expect(await again.messages.next()).toMatchObject({ action: "watch", tickers: listed });
});

test("the longest tickers and user id fit the narrowest phone", async () => {
  await tab.page.setViewportSize({ width: 320, height: 800 });
  const id = `auth0|${"u".repeat(122)}`;
  await tab.page.goto(`${tab.url}?user=${encodeURIComponent(id)}`);
  const connection = await tab.feed.connections.next();
  expect(await connection.messages.next()).toMatchObject({ action: "user", id });
  const watching = ["W".repeat(32), "M&M.NS"];
  connection.answer({ watching, user: { id, version: 1 } }, quote("W".repeat(32), 99_999, 1));
  await tab.shows("$999.99");
  await tab.shows(`Watching as ${id}`);
  expect(await tab.overflow("html", ".sheet")).toStrictEqual([0, 0]);
});
