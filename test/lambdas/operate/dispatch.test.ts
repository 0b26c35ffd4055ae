import { expect, test } from "vitest";
import { dispatch } from "#lambdas/operate/dispatch.ts";
import { parseOperation } from "#lambdas/operate/operation.ts";
import { noQueue, subscriptionsWith } from "#support/ports.ts";

/* The function of each operation, identified by its first call to the graph or the connections. */
test.each([
  [{ operation: "basket", name: "b" }, "basket"],
  [{ operation: "basket", name: "b", tickers: [] }, "setBasket"],
  [{ operation: "clean" }, "someConnections"],
  [{ operation: "connections" }, "connectionDetails"],
  [{ operation: "forget", connectionId: "a=" }, "close"],
  [{ operation: "prices" }, "quotes"],
  [{ operation: "prices", userId: "u" }, "user"],
  [{ operation: "unwatch", userId: "u", tickers: ["A"] }, "removeFromList"],
  [{ operation: "user", userId: "u" }, "user"],
  [{ operation: "watch", userId: "u", baskets: ["b"] }, "addToList"],
  [{ operation: "watchers", ticker: "A" }, "quote"],
])("dispatch of %j calls %s first", async (event, first) => {
  const refuse = (name: string) => () => Promise.reject(new Error(name));
  const names = Object.keys(subscriptionsWith({}));
  const subscriptions = subscriptionsWith(Object.fromEntries(names.map((name) => [name, refuse(name)])));
  const connections = { post: refuse("post"), close: refuse("close") };
  const parsed = parseOperation(event);
  if (!parsed.ok) throw new Error(parsed.problem);
  const ports = { subscriptions, connections, pages: noQueue, directWatchers: 1 };
  await expect(dispatch(ports, parsed.operation)).rejects.toThrow(new Error(first));
});
