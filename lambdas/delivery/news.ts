import type { NoticeMessage, QuotesMessage, ServerMessage, WireQuote } from "#protocol/messages.ts";
import type { Target } from "./deliver.ts";

/** The content of a fan-out. Each recipient gets only the quotes of its tickers. */
export type Update =
  | (Omit<QuotesMessage, "connection-id" | "request" | "watching" | "user"> & {
      readonly quotes: readonly WireQuote[];
    })
  | NoticeMessage;

/** A connection, and the tickers to send to it. */
export interface Recipient extends Target {
  /** @default all tickers of the update */
  readonly tickers?: ReadonlySet<string>;
}

/** The message for one recipient of an update. */
export function messageFor(update: Update, { connectionId, tickers }: Recipient): ServerMessage {
  if (update.action === "notice") return update;
  const quotes = tickers ? update.quotes.filter(({ ticker }) => tickers.has(ticker)) : update.quotes;
  return { ...update, "connection-id": connectionId, quotes };
}
