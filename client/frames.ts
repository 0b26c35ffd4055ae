import * as v from "valibot";
import type { NoticeMessage, PongMessage, QuotesMessage } from "#protocol/messages.ts";

/** A validated message of the socket. */
export type Frame =
  | QuotesMessage
  | PongMessage
  | NoticeMessage
  | ErrorFrame
  /** API Gateway sends `{"message":"Internal server error",…}`, without an action, when the Lambda failed. */
  | { readonly action: "failed" };

export interface ErrorFrame {
  readonly action: "error";
  /** An `ErrorCode`, or an unknown code of a newer service. */
  readonly code: string;
  readonly message: string;
  readonly request?: string;
}

const version = v.pipe(v.number(), v.safeInteger());
const user = v.exactOptional(v.object({ id: v.string(), version }));
const request = v.exactOptional(v.string());

const quote = v.object({
  ticker: v.string(),
  price: v.pipe(v.number(), v.safeInteger()),
  version,
  // Formatting an invalid date throws.
  at: v.pipe(
    v.string(),
    v.check((at) => !Number.isNaN(Date.parse(at))),
  ),
});

const frame = v.variant("action", [
  v.object({
    action: v.literal("quotes"),
    "connection-id": v.string(),
    request,
    watching: v.exactOptional(v.array(v.string())),
    baskets: v.exactOptional(v.array(v.object({ name: v.string(), version, tickers: v.array(v.string()) }))),
    user,
    quotes: v.array(quote),
  }),
  v.object({ action: v.literal("pong"), name: v.string() }),
  v.object({ action: v.literal("notice"), message: v.string() }),
  v.object({ action: v.literal("error"), code: v.string(), message: v.string(), request }),
]);

const withoutAction = v.object({ action: v.optional(v.undefined()) });

/** Parses a frame; `undefined` if it is empty, not JSON or of an unknown shape. */
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
