import * as v from "valibot";
import type { PongMessage, QuotesMessage } from "../lambdas/protocol.ts";

/** What came over the socket, checked. */
export type Frame =
  | QuotesMessage
  | PongMessage
  /** `code` is an `ErrorCode`, or one that a newer service has and this page does not know yet. */
  | { readonly action: "error"; readonly code: string; readonly message: string }
  /** API Gateway's own `{"message":"Internal server error",…}`: the function did not answer. It names no action. */
  | { readonly action: "failed" };

const quote = v.object({
  ticker: v.string(),
  price: v.pipe(v.number(), v.safeInteger()),
  version: v.pipe(v.number(), v.safeInteger()),
  // An unreadable time would throw where it is shown.
  at: v.pipe(
    v.string(),
    v.check((at) => !Number.isNaN(Date.parse(at))),
  ),
});

const frame = v.variant("action", [
  v.object({
    action: v.literal("quotes"),
    "connection-id": v.string(),
    watching: v.exactOptional(v.array(v.string())),
    quotes: v.array(quote),
  }),
  v.object({ action: v.literal("pong"), name: v.string() }),
  v.object({ action: v.literal("error"), code: v.string(), message: v.string() }),
]);

const withoutAction = v.object({ action: v.optional(v.undefined()) });

/** What a frame says; `undefined` for one that says nothing to this page: empty, no JSON, or of a shape it does not know. */
export function parseFrame(data: unknown): Frame | undefined {
  const json = parseJson(data);
  const { success, output } = v.safeParse(frame, json);
  if (success) return output;
  return v.is(withoutAction, json) && !Array.isArray(json) ? { action: "failed" } : undefined;
}

function parseJson(data: unknown): unknown {
  try {
    return typeof data === "string" ? JSON.parse(data) : undefined;
  } catch {
    return undefined;
  }
}
