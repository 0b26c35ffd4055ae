import type { Invocation, InvocationResult, Invoke, Report } from "./model.ts";

/** What came of calling a function: what `Invoke` answers, or that the gateway no longer waits for it. */
export type IntegrationResult =
  | InvocationResult
  | { readonly outcome: "timed-out"; readonly message: string };

/** The part of an API that a function is called for. */
export interface Caller {
  /** For reports: a route's key, an authorizer's name. */
  readonly name: string;
  readonly kind: "integration" | "authorizer";
  /** How long the gateway waits for the function. */
  readonly timeoutMs: number;
}

/** Calls a function, and tells the person who runs the stack of every call that did not return. */
export type CallFunction = (caller: Caller, invocation: Invocation) => Promise<IntegrationResult>;

/**
 * Calls functions for the API of that name, waiting at most the caller's `timeoutMs`.
 *
 * It waits by the real clock even where everything else lives by a clock that tests move: the function it waits for runs in
 * real time, and moving that clock by ten minutes would otherwise time out whatever is under way.
 */
export function createCallFunction(apiName: string, invoke: Invoke, report: Report): CallFunction {
  return async ({ name, kind, timeoutMs }, invocation) => {
    const result = await withinTimeout(timeoutMs, invoke(invocation).catch(asFailure));
    if (result.outcome !== "returned") {
      const message = result.message.replaceAll(/\s*\n\s*/g, " ");
      const problem = result.outcome === "timed-out" ? `the ${kind} timed out` : PROBLEMS[result.outcome];
      report(`${apiName} ${name}: ${problem}: ${message}`);
    }
    return result;
  };
}

/** What a function answered, for a report: its JSON, cut to what fits a line. */
export function describePayload(payload: unknown): string {
  const json = JSON.stringify(payload) ?? "nothing";
  return json.length > 200 ? `${json.slice(0, 200)}…` : json;
}

const PROBLEMS = {
  failed: "the function failed",
  forbidden: "the call was forbidden",
  throttled: "Lambda throttled the call",
} as const;

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
