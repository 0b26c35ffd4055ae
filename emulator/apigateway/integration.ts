import type { Invocation, InvocationResult, Invoke, Report } from "./model.ts";

/** Outcome of an integration call: the invocation result, or a gateway timeout. */
export type IntegrationResult =
  | InvocationResult
  | { readonly outcome: "timed-out"; readonly message: string };

/** The route or authorizer that a function is invoked for. */
export interface IntegrationSource {
  /** Route key or authorizer name, for reports. */
  readonly name: string;
  readonly kind: "integration" | "authorizer";
  /** Gateway timeout, in milliseconds. */
  readonly timeoutMs: number;
}

/** Invokes a function and reports every call that did not return a payload. */
export type CallFunction = (source: IntegrationSource, invocation: Invocation) => Promise<IntegrationResult>;

/**
 * A function that invokes Lambdas for the named API, with the source's `timeoutMs` as the deadline.
 *
 * The timeout uses the real clock, not the injected one: functions run in real time, and a test that advances
 * its clock by minutes would time out running calls.
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

/** The payload as JSON for a report, truncated to 200 characters. */
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
  result: Promise<InvocationResult>,
): Promise<IntegrationResult> {
  const { promise, resolve } = Promise.withResolvers<IntegrationResult>();
  const timer = setTimeout(
    () => resolve({ outcome: "timed-out", message: `no response within ${timeoutMs} ms` }),
    timeoutMs,
  ).unref();
  try {
    return await Promise.race([result, promise]);
  } finally {
    clearTimeout(timer);
  }
}
