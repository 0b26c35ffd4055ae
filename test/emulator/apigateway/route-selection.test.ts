/**
 * WebSocket route selection. Does not prove that AWS rejects `$default` as an action, which is undocumented.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
 */
import { expect, test } from "vitest";
import { createSelectRoute } from "#emulator/apigateway/route-selection.ts";
import { createRoute, createWebSocketApi } from "./apis.ts";

const routes = ["$connect", "$disconnect", "$default", "watch"].map((routeKey) => createRoute(routeKey));
const select = createSelectRoute(createWebSocketApi(routes));

test("the field in the route selection expression selects the route", () => {
  expect(select('{"action":"watch","tickers":["AAPL"]}')?.routeKey).toBe("watch");
});

test.each([
  "not JSON",
  "",
  "null",
  "[]",
  '"watch"',
  "{}",
  '{"action":"sell"}',
  '{"action":1}',
  '{"action":["watch"]}',
  '{"action":"$connect"}',
  '{"action":"$disconnect"}',
  '{"action":"toString"}',
  '{"__proto__":{"action":"watch"}}',
])("the message %s is routed to $default", (message) => {
  expect(select(message)?.routeKey).toBe("$default");
});

test("a message that matches no route selects none when $default is not declared", () => {
  const bare = createSelectRoute(createWebSocketApi([createRoute("watch"), createRoute("$connect")]));
  expect(bare('{"action":"$connect"}')).toBeUndefined();
});

test("a nested path in the route selection expression selects the route", () => {
  const deep = createSelectRoute(
    createWebSocketApi(routes, { routeSelectionExpression: "$request.body.header.kind" }),
  );
  expect(deep('{"header":{"kind":"watch"}}')?.routeKey).toBe("watch");
});

test("a route selection expression that is not a body path throws", () => {
  const api = createWebSocketApi(routes, { routeSelectionExpression: "$request.header.action" });
  expect(() => createSelectRoute(api)).toThrow(
    "Expected a body path such as `$request.body.action` as route selection expression of stock-watch, got " +
      "`$request.header.action`. The local gateway supports only body paths.",
  );
});
