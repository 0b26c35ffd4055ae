import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalStack, startStack } from "#emulator/stack.ts";
import { asOperator, broadcast, delivered, openQueues, publish, setBasket } from "#support/clients.ts";
import { output } from "#support/output.ts";
import { launchBrowser } from "../page/browser.ts";

/* From a form post to the price in a browser, through the whole stack. test/page covers the page alone. */
let stack: LocalStack;
let browser: Browser;
beforeAll(async () => {
  [stack, browser] = await Promise.all([
    startStack({ config: { watchAccess: "open", userAccess: "open" } }),
    launchBrowser(),
  ]);
});
afterAll(async () => {
  await browser.close();
  await stack[Symbol.asyncDispose]();
});

interface Tab {
  readonly page: Page;
  /** The quotes of each pushed frame. Answers to messages are excluded. */
  readonly pushes: [string, number][][];
  /** The id of the current connection. */
  connectionId: string;
}

/** Opens a tab and waits until the service has stored its `tickers`. */
const openTab = (...tickers: readonly string[]): Promise<Tab> => openTabAt(`?tickers=${tickers.join(",")}`);

/** Opens the page with a query and waits for its watch list. */
async function openTabAt(query: string): Promise<Tab> {
  const tab: Tab = { page: await browser.newPage(), pushes: [], connectionId: "" };
  const watching = Promise.withResolvers<void>();
  tab.page.on("websocket", (socket) => {
    socket.on("framereceived", ({ payload }) => {
      const message = JSON.parse(payload.toString());
      if (message.action !== "quotes") return;
      tab.connectionId = message["connection-id"];
      if (message.watching) watching.resolve();
      else
        tab.pushes.push(
          message.quotes.map(({ ticker, price }: { ticker: string; price: number }) => [ticker, price]),
        );
    });
  });
  await tab.page.goto(`${output(stack, "pageUrl")}/${query}`);
  await watching.promise;
  return tab;
}

/** The ticker and the price of each row. */
async function rows({ page }: Tab): Promise<(string | null)[][]> {
  const shown = await page.locator("tbody tr").all();
  return await Promise.all(
    shown.map(async (row) => [
      await row.locator("th").textContent(),
      await row.locator("td.price").textContent(),
    ]),
  );
}

test("two tabs with different tickers each get one frame with their tickers and show them", async () => {
  const [left, right] = await Promise.all([openTab("AAPL", "GOOG"), openTab("GOOG", "MSFT")]);
  expect(await publish(stack, "ticker=AAPL&price=2400&ticker=GOOG&price=31300")).toEqual(delivered(2, 2));

  await expect
    .poll(() => rows(left))
    .toEqual([
      ["AAPL", "$24.00"],
      ["GOOG", "$313.00"],
    ]);
  await expect
    .poll(() => rows(right))
    .toEqual([
      ["GOOG", "$313.00"],
      ["MSFT", "no price yet"],
    ]);
  expect([left.pushes, right.pushes]).toEqual([
    [
      [
        ["AAPL", 2400],
        ["GOOG", 31300],
      ],
    ],
    [[["GOOG", 31300]]],
  ]);
  await Promise.all([left.page.close(), right.page.close()]);
});

test("a tab shows the last price of an added ticker, and removes a dropped ticker", async () => {
  await publish(stack, "ticker=ADDED&price=123456");
  const tab = await openTab("FIRST");
  await tab.page.getByLabel("Tickers").fill("added");
  await tab.page.getByRole("button", { name: "Add" }).click();
  await expect
    .poll(() => rows(tab))
    .toEqual([
      ["FIRST", "no price yet"],
      ["ADDED", "$1,234.56"],
    ]);

  await tab.page.getByRole("button", { name: "Drop ADDED" }).click();
  expect(await rows(tab)).toEqual([["FIRST", "no price yet"]]);
  await expect.poll(() => publish(stack, "ticker=ADDED&price=1")).toEqual(delivered(1, 0));
  await tab.page.close();
});

test("a tab whose connection was closed reconnects and shows the price that it missed", async () => {
  const tab = await openTab("MISSED");
  const client = new ApiGatewayManagementApiClient({
    endpoint: output(stack, "connectionsUrl"),
    ...asOperator(stack),
  });
  await client.send(new DeleteConnectionCommand({ ConnectionId: tab.connectionId }));
  await publish(stack, "ticker=MISSED&price=700");
  await expect.poll(() => rows(tab)).toEqual([["MISSED", "$7.00"]]);
  await tab.page.close();
});

test("two tabs of a user share a watch list, which a third tab loads after both are closed", async () => {
  const [left, right] = await Promise.all([openTabAt("?user=sam"), openTabAt("?user=sam")]);
  await left.page.getByLabel("Tickers").fill("shared");
  await left.page.getByRole("button", { name: "Add" }).click();
  await expect.poll(() => rows(right)).toEqual([["SHARED", "no price yet"]]);
  await publish(stack, "ticker=SHARED&price=150");
  for (const tab of [left, right]) await expect.poll(() => rows(tab)).toEqual([["SHARED", "$1.50"]]);
  await Promise.all([left.page.close(), right.page.close()]);

  const third = await openTabAt("?user=sam");
  await expect.poll(() => rows(third)).toEqual([["SHARED", "$1.50"]]);
  await third.page.close();
});

test("a tab shows the tickers of a watched basket and updates them when the basket changes", async () => {
  await publish(stack, "ticker=B-OLD&price=100&ticker=B-NEW&price=200");
  await setBasket(stack, "PAIR", "B-OLD");
  const tab = await openTabAt("?baskets=PAIR");
  await expect.poll(() => rows(tab)).toEqual([["B-OLD in PAIR", "$1.00"]]);
  await setBasket(stack, "PAIR", "B-NEW");
  await expect.poll(() => rows(tab)).toEqual([["B-NEW in PAIR", "$2.00"]]);
  await publish(stack, "ticker=B-NEW&price=300");
  await expect.poll(() => rows(tab)).toEqual([["B-NEW in PAIR", "$3.00"]]);
  await tab.page.close();
});

test("a tab shows the markup of a broadcast notice as text", async () => {
  const tab = await openTab("NOTICED");
  await broadcast(stack, "Closing <b>early</b> today");
  await expect
    .poll(() => tab.page.locator("#notices li").first().textContent())
    .toContain("Closing <b>early</b> today");
  await tab.page.close();
});

test("a notice from the user queue is shown in every tab of the user", async () => {
  const [left, right] = await Promise.all([openTabAt("?user=kim"), openTabAt("?user=kim")]);
  const sqs = openQueues(stack);
  const data = { action: "notice", message: "Your order is filled" };
  const MessageBody = JSON.stringify({ userId: "kim", data });
  await sqs.send(new SendMessageCommand({ QueueUrl: output(stack, "notifyUserQueueUrl"), MessageBody }));
  sqs.destroy();
  for (const { page } of [left, right]) {
    await expect
      .poll(() => page.locator("#notices li").first().textContent())
      .toContain("Your order is filled");
  }
  await Promise.all([left.page.close(), right.page.close()]);
});

/** Opens a tab that loses all updates until `stopLosing` is called. */
async function openLossyTab(user: string) {
  const page = await browser.newPage();
  let isLosing = true;
  let lost = 0;
  await page.routeWebSocket(/./, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => {
      const isRequested = JSON.parse(String(message)).request !== undefined;
      if (isLosing && !isRequested) lost += 1;
      else socket.send(message);
    });
  });
  await page.goto(`${output(stack, "pageUrl")}/?user=${user}`);
  await page.locator("#status[data-state=live]").waitFor();
  const stopLosing = () => {
    isLosing = false;
  };
  return { tab: { page, pushes: [], connectionId: "" }, stopLosing, lost: () => lost };
}

test("a tab that lost price, list and basket updates shows them when it becomes visible", async () => {
  await publish(stack, "ticker=LOST1&price=100&ticker=LOST2&price=200&ticker=LOST3&price=300");
  await setBasket(stack, "LOSSY", "LOST2");
  const other = await openTabAt("?user=lossy1");
  await other.page.getByLabel("Tickers").fill("LOST1 @LOSSY");
  await other.page.keyboard.press("Enter");
  await expect.poll(async () => (await rows(other)).length).toBe(2);
  const { tab, stopLosing, lost } = await openLossyTab("lossy1");
  await expect.poll(async () => (await rows(tab)).length).toBe(2);

  await publish(stack, "ticker=LOST1&price=101");
  await setBasket(stack, "LOSSY", "LOST3");
  await other.page.getByLabel("Tickers").fill("LOST4");
  await other.page.keyboard.press("Enter");
  const all = [
    ["LOST1", "$1.01"],
    ["LOST4", "no price yet"],
    ["LOST3 in LOSSY", "$3.00"],
  ];
  await expect.poll(() => rows(other)).toEqual(all);
  await expect.poll(lost).toBeGreaterThanOrEqual(3);
  expect(await rows(tab)).toEqual([
    ["LOST1", "$1.00"],
    ["LOST2 in LOSSY", "$2.00"],
  ]);
  stopLosing();
  await tab.page.evaluate(`document.dispatchEvent(new Event("visibilitychange"))`);
  await expect.poll(() => rows(tab)).toEqual(all);
  await Promise.all([other.page.close(), tab.page.close()]);
});

test("a tab that lost a ticker of another tab shows it after adding one itself", async () => {
  await publish(stack, "ticker=LOST5&price=500&ticker=LOST6&price=600");
  const { tab, lost } = await openLossyTab("lossy2");
  const other = await openTabAt("?user=lossy2");
  await other.page.getByLabel("Tickers").fill("LOST5");
  await other.page.keyboard.press("Enter");
  await expect.poll(() => rows(other)).toEqual([["LOST5", "$5.00"]]);
  await expect.poll(lost).toBeGreaterThanOrEqual(1);
  await other.page.close();
  await tab.page.getByLabel("Tickers").fill("LOST6");
  await tab.page.keyboard.press("Enter");
  await expect
    .poll(() => rows(tab))
    .toEqual([
      ["LOST5", "$5.00"],
      ["LOST6", "$6.00"],
    ]);
  await tab.page.close();
});
