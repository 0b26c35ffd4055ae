import type { Route, WebSocketApi } from "./model.ts";

/** The route that a message goes to, or `undefined` when there is none. */
export type SelectRoute = (message: string) => Route | undefined;

const EXPRESSION = /^\$request\.body\.([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)$/;

/**
 * Selects routes as the API's expression says: the route that the field names, else `$default`.
 *
 * Documented: what is no JSON, or names no route, goes to `$default`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
 * Not documented: `$connect`, `$disconnect` and `$default` are no names that a client could give.
 *
 * @throws {Error} when the expression is not a path into the message's body.
 */
export function createSelectRoute(
  api: Pick<WebSocketApi, "name" | "routeSelectionExpression" | "routes">,
): SelectRoute {
  const path = EXPRESSION.exec(api.routeSelectionExpression)?.[1]?.split(".");
  if (!path) {
    throw new Error(
      `Expected the route selection expression of ${api.name} to be like \`$request.body.action\`, ` +
        `got \`${api.routeSelectionExpression}\`: other expressions are not served locally.`,
    );
  }
  const routes = new Map(api.routes.map((route) => [route.routeKey, route]));
  return (message) => {
    const key = readPath(parseJson(message), path);
    const named = typeof key === "string" && !key.startsWith("$") ? routes.get(key) : undefined;
    return named ?? routes.get("$default");
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readPath(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const name of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}
