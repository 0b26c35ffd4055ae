import * as v from "valibot";
import { MAX_PRICES_PER_POST } from "#protocol/messages.ts";
import type { Price } from "#protocol/quote.ts";
import { type DeliveryCounts, deliveryCounts } from "./answers.ts";
import { CommandError } from "./command.ts";
import type { Stack } from "./find-stack.ts";
import { stripControlChars } from "./terminal.ts";

/** Above the 30 s integration timeout of API Gateway. */
const TIMEOUT_MS = 35_000;

const summary = v.object({
  ...deliveryCounts.entries,
  quotes: v.number(),
  /** Prices that were not stored because a later one is. */
  superseded: v.optional(v.number(), 0),
});
export type Summary = DeliveryCounts & { readonly quotes: number; readonly superseded: number };

export type PostResult =
  | { readonly outcome: "published"; readonly raw: unknown; readonly summary: Summary }
  /** A retry can succeed only when `isPermanent` is false. */
  | { readonly outcome: "failed"; readonly isPermanent: boolean; readonly message: string };

/** Posts at most {@link MAX_PRICES_PER_POST} prices as a form. */
export async function postPrices(stack: Stack, prices: readonly Price[]): Promise<PostResult> {
  const form = new URLSearchParams();
  for (const { ticker, priceCents } of prices) {
    form.append("ticker", ticker);
    form.append("price", String(priceCents));
  }
  const { publishUrl, publishToken } = stack;
  const headers = publishToken === undefined ? undefined : { authorization: `Bearer ${publishToken}` };
  let status: number;
  let text: string;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(publishUrl, {
      method: "POST",
      body: form,
      signal,
      ...(headers && { headers }),
    });
    status = response.status;
    text = await response.text();
  } catch (error) {
    return failed(`Could not connect to ${publishUrl}: ${describeCause(error)}. Is the stack running?`);
  }
  const raw = parseJson(text);
  const parsed = v.safeParse(summary, raw);
  if (status === 200 && parsed.success) return { outcome: "published", raw, summary: parsed.output };
  return describeFailure(status, text, stack, parsed.success ? parsed.output : undefined);
}

/** @throws {CommandError} when the post failed. */
export function expectPublished(posted: PostResult): PostResult & { readonly outcome: "published" } {
  if (posted.outcome === "published") return posted;
  throw new CommandError(posted.message);
}

function describeFailure(
  status: number,
  text: string,
  stack: Stack,
  summary: Summary | undefined,
): PostResult {
  if (status === 401 || status === 403) return failed(describeRefusal(status, stack), true);
  if (status === 429) return failed(`Rate limit exceeded at ${stack.publishUrl} (429). Post less often.`);
  if (summary?.failed) {
    const { failed: count, watchers } = summary;
    return failed(
      `Delivery to ${count} of ${watchers} watchers failed (${status}). Publish again; it is safe to retry.`,
    );
  }
  const message = stripControlChars(text).slice(0, 300) || "no body";
  return failed(`${stack.publishUrl} returned ${status}: ${message}`, status >= 400 && status < 500);
}

/** 401: missing or foreign token; 403: token or client address rejected. */
function describeRefusal(status: number, { title, publishToken }: Stack): string {
  if (publishToken === undefined) {
    return (
      `Publishing to ${title} requires a token (${status}), and the stack has no output publishToken. ` +
      "Deploy it (npm run up) or restart it."
    );
  }
  return (
    `The output publishToken of ${title} was rejected (${status}): it may have expired or belong to another stack. ` +
    "Create a new one: npm run up"
  );
}

const failed = (message: string, isPermanent = false): PostResult => ({
  outcome: "failed",
  isPermanent,
  message,
});

function describeCause(error: unknown): string {
  const { cause, message } = error as Error;
  const { code, message: inner } = (cause ?? {}) as NodeJS.ErrnoException;
  return code ?? (inner || message);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
