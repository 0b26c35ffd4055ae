import type { NoticeMessage, QuotesMessage, ServerMessage, WireQuote } from "#protocol/messages.ts";
import type { Target } from "./deliver.ts";

/** What many connections are told: one message, but that each gets only its own of the quotes. */
export type Update =
  | (Omit<QuotesMessage, "connection-id" | "request" | "watching" | "user"> & {
      readonly quotes: readonly WireQuote[];
    })
  | NoticeMessage;

/** A connection that is to be told. */
export interface Recipient extends Target {
  /** Of which tickers; of all that there is when undefined. */
  readonly tickers?: ReadonlySet<string>;
}

/** What one connection is told of the news. */
export function messageFor(news: Update, { connectionId, tickers }: Recipient): ServerMessage {
  if (news.action === "notice") return news;
  const quotes = tickers ? news.quotes.filter(({ ticker }) => tickers.has(ticker)) : news.quotes;
  return { ...news, "connection-id": connectionId, quotes };
}
