import * as v from "valibot";
import { MAX_PRICES_PER_POST } from "#protocol/messages.ts";
import type { Price } from "#protocol/quote.ts";
import { type Told, toldSchema } from "./answers.ts";
import { CommandError } from "./command.ts";
import type { Stack } from "./find-stack.ts";
import { harmless } from "./terminal.ts";

/** A little longer than API Gateway takes for its longest answer, which is 30 s. */
const TIMEOUT_MS = 35_000;

const summary = v.object({
  ...toldSchema.entries,
  quotes: v.number(),
  /** Prices that were not stored, because a later one is. */
  superseded: v.optional(v.number(), 0),
});
export type Summary = Told & { readonly quotes: number; readonly superseded: number };

export type Posted =
  | { readonly outcome: "published"; readonly raw: unknown; readonly summary: Summary }
  /** Repeating may help when `isLasting` is false. */
  | { readonly outcome: "failed"; readonly isLasting: boolean; readonly message: string };

/** Posts at most {@link MAX_PRICES_PER_POST} prices, as a form. */
export async function postPrices(stack: Stack, prices: readonly Price[]): Promise<Posted> {
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
    return failed(`${publishUrl} cannot be reached: ${reasonOf(error)}. Is the stack still there?`);
  }
  const raw = parseJson(text);
  const parsed = v.safeParse(summary, raw);
  if (status === 200 && parsed.success) return { outcome: "published", raw, summary: parsed.output };
  return explain(status, text, stack, parsed.success ? parsed.output : undefined);
}

/** @throws {CommandError} when the post failed. */
export function expectPublished(posted: Posted): Posted & { readonly outcome: "published" } {
  if (posted.outcome === "published") return posted;
  throw new CommandError(posted.message);
}

function explain(status: number, text: string, stack: Stack, summary: Summary | undefined): Posted {
  if (status === 401 || status === 403) return failed(explainRefusal(status, stack), true);
  if (status === 429) return failed(`${stack.publishUrl} takes in no more posts just now (429). Post fewer.`);
  if (summary?.failed) {
    const { failed: count, watchers } = summary;
    return failed(
      `${count} of ${watchers} watchers could not be told (${status}). Publish again: repeating is harmless.`,
    );
  }
  const message = harmless(text).slice(0, 300) || "nothing";
  return failed(`${stack.publishUrl} answers ${status}: ${message}`, status >= 400 && status < 500);
}

/** 401: no token, or not one of ours; 403: one that the authorizer refuses, or an address that is refused whoever asks. */
function explainRefusal(status: number, { title, publishToken }: Stack): string {
  if (publishToken === undefined) {
    return `Publishing to ${title} takes a token (${status}), and it has no output publishToken. Deploy it again (npm run up), or start it again.`;
  }
  return `The token of the output publishToken of ${title} is refused (${status}): it may have expired, or be of another stack. A new one comes with npm run up.`;
}

const failed = (message: string, isLasting = false): Posted => ({ outcome: "failed", isLasting, message });

function reasonOf(error: unknown): string {
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
