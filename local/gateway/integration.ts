import type { Invocation, InvocationResult, Invoke, Report, Route } from "./model.ts";

/** What came of calling a route's function: what `Invoke` answers, or that the gateway no longer waits for it. */
export type IntegrationResult =
  | InvocationResult
  | { readonly outcome: "timed-out"; readonly message: string };

/** Calls a route's function, and tells the person who runs the stack of every call that did not return. */
export type CallFunction = (route: Route, invocation: Invocation) => Promise<IntegrationResult>;

/**
 * Calls functions for the API of that name, waiting at most the route's `timeoutMs`.
 *
 * It waits by the real clock even where everything else lives by a clock that tests move: the function it waits for runs in
 * real time, and moving that clock by ten minutes would otherwise time out whatever is under way.
 */
export function createCallFunction(apiName: string, invoke: Invoke, report: Report): CallFunction {
  return async (route, invocation) => {
    const result = await withinTimeout(route.timeoutMs, invoke(invocation).catch(asFailure));
    if (result.outcome !== "returned") {
      const message = result.message.replaceAll(/\s*\n\s*/g, " ");
      report(`${apiName} ${route.routeKey}: ${problems[result.outcome]}: ${message}`);
    }
    return result;
  };
}

/** What a function answered, for a report: its JSON, cut to what fits a line. */
export function describePayload(payload: unknown): string {
  const json = JSON.stringify(payload) ?? "nothing";
  return json.length > 200 ? `${json.slice(0, 200)}…` : json;
}

const problems = {
  failed: "the function failed",
  forbidden: "the call was forbidden",
  throttled: "Lambda throttled the call",
  "timed-out": "the integration timed out",
};

function asFailure(error: unknown): InvocationResult {
  return { outcome: "failed", message: error instanceof Error ? error.message : String(error) };
}

async function withinTimeout(
  timeoutMs: number,
  calling: Promise<InvocationResult>,
): Promise<IntegrationResult> {
  const { promise, resolve } = Promise.withResolvers<IntegrationResult>();
  const timer = setTimeout(
    () => resolve({ outcome: "timed-out", message: `no answer within ${timeoutMs} ms` }),
    timeoutMs,
  ).unref();
  try {
    return await Promise.race([calling, promise]);
  } finally {
    clearTimeout(timer);
  }
}
