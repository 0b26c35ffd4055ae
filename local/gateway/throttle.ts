import type { Clock } from "../clock.ts";
import type { Route, Throttle } from "./model.ts";

/** Whether one more request of this route may pass now; takes its token if so. */
export type Admit = (route: Route) => boolean;

/**
 * The throttle of a stage: one token bucket that all its routes share, and one of its own for each route that overrides it.
 * AWS documents a token bucket, applied as best effort; here it is exact.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html
 */
export function createThrottle(stage: Throttle, routes: readonly Route[], clock: Clock): Admit {
  const stageBucket = createTokenBucket(stage, clock);
  const routeBuckets = new Map(
    routes.flatMap(({ routeKey, throttle }) =>
      throttle ? [[routeKey, createTokenBucket(throttle, clock)] as const] : [],
    ),
  );
  return ({ routeKey }) => (routeBuckets.get(routeKey) ?? stageBucket)();
}

/** Full at first; `rateLimit` tokens a second flow in, up to `burstLimit`. */
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
