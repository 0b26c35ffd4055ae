/**
 * Route selection. Does not prove that AWS refuses `$default` as a client's action: its documentation is silent on that.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
 */
import { expect, test } from "vitest";
import { createSelectRoute } from "../../../local/gateway/route-selection.ts";
import { createRoute, createWebSocketApi } from "./apis.ts";

const routes = ["$connect", "$disconnect", "$default", "watch"].map((routeKey) => createRoute(routeKey));
const select = createSelectRoute(createWebSocketApi(routes));

test("the field that the expression names selects the route", () => {
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
])("%s goes to $default", (message) => {
  expect(select(message)?.routeKey).toBe("$default");
});

test("without a $default route there is none", () => {
  const bare = createSelectRoute(createWebSocketApi([createRoute("watch"), createRoute("$connect")]));
  expect(bare('{"action":"$connect"}')).toBeUndefined();
});

test("the expression's path may be deeper", () => {
  const deep = createSelectRoute(
    createWebSocketApi(routes, { routeSelectionExpression: "$request.body.header.kind" }),
  );
  expect(deep('{"header":{"kind":"watch"}}')?.routeKey).toBe("watch");
});

test("an expression that is no path into the body is refused", () => {
  const api = createWebSocketApi(routes, { routeSelectionExpression: "$request.header.action" });
  expect(() => createSelectRoute(api)).toThrow(
    "Expected the route selection expression of stock-watch to be like `$request.body.action`, got " +
      "`$request.header.action`: other expressions are not served locally.",
  );
});
