import type { Clock } from "../clock.ts";
import type { Route, Throttle } from "./model.ts";

/** Whether a request to this route is within its rate limit; if so, consumes one token. */
export type TryConsume = (route: Route) => boolean;

/**
 * The throttle of a stage: one token bucket shared by its routes, and a separate one for each route with an
 * override. AWS applies limits on a best-effort basis; here they are exact.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html
 */
export function createThrottle(stage: Throttle, routes: readonly Route[], clock: Clock): TryConsume {
  const stageBucket = createTokenBucket(stage, clock);
  const routeBuckets = new Map(
    routes.flatMap(({ routeKey, throttle }) =>
      throttle ? [[routeKey, createTokenBucket(throttle, clock)] as const] : [],
    ),
  );
  return ({ routeKey }) => (routeBuckets.get(routeKey) ?? stageBucket)();
}

/** Initially full. */
function createTokenBucket({ rateLimit, burstLimit }: Throttle, clock: Clock): () => boolean {
  let tokens = burstLimit;
  let filledAtMs = clock.now();
  return () => {
    const nowMs = clock.now();
    tokens = Math.min(burstLimit, tokens + (rateLimit * (nowMs - filledAtMs)) / 1000);
    filledAtMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
