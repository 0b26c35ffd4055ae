import type { Route, WebSocketApi } from "./model.ts";

/** The route for a message; `undefined` when none matches and there is no `$default`. */
export type SelectRoute = (message: string) => Route | undefined;

const EXPRESSION = /^\$request\.body\.([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)$/;

/**
 * A route selector for the API's route selection expression. Messages that are not JSON or match no route go
 * to `$default`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
 *
 * Undocumented assumption: a client cannot select `$connect`, `$disconnect` or `$default` by name.
 *
 * @throws {Error} when the expression is not a path into the message body.
 */
export function createSelectRoute(
  api: Pick<WebSocketApi, "name" | "routeSelectionExpression" | "routes">,
): SelectRoute {
  const path = EXPRESSION.exec(api.routeSelectionExpression)?.[1]?.split(".");
  if (!path) {
    throw new Error(
      `Expected a body path such as \`$request.body.action\` as route selection expression of ${api.name}, ` +
        `got \`${api.routeSelectionExpression}\`. The local gateway supports only body paths.`,
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
  let current = value;
  for (const name of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = (current as Record<string, unknown>)[name];
  }
  return current;
}
