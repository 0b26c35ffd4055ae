import { formatPrice } from "#client/cents.ts";
import { type AnsweredQuote, byTicker, type DeliveryCounts } from "./answers.ts";
import { formatTime } from "./local-time.ts";
import { type Column, formatTable } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { title: "TICKER" },
  { title: "PRICE", align: "right" },
  { title: "TIME" },
];

/** The lines of a table with one row per ticker, with or without a price. */
export function formatQuotes(
  tickers: readonly string[],
  quotes: readonly AnsweredQuote[],
): readonly string[] {
  const known = byTicker(quotes);
  return formatTable(
    COLUMNS,
    tickers.map((ticker) => {
      const quote = known.get(ticker);
      if (!quote) return [ticker, "no price yet"];
      return [ticker, formatPrice(quote.price), formatTime(quote.at)];
    }),
  );
}

/** `changed 14:03:22`. @param version of a list or a basket: the time of its last change in milliseconds. */
export function describeVersion(version: number): string {
  return version === 0 ? "never set" : `changed ${formatTime(new Date(version).toISOString())}`;
}

/** `1 watcher`, `2,000 watchers`. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? singular : plural}`;
}

/** The delivery outcome in one line: `3 watchers, 2 delivered, 1 disconnected`. */
export function describeDelivery({ watchers, queued, ...direct }: DeliveryCounts): string {
  const parts: readonly (readonly [number | undefined, string])[] = [
    [queued, "queued"],
    [direct.delivered, "delivered"],
    [direct.gone, "disconnected"],
    [direct.closed, "closed (will reconnect)"],
    [direct.failed, "failed"],
  ];
  const details = parts.flatMap(([count, outcome]) =>
    count ? [`${count.toLocaleString("en-US")} ${outcome}`] : [],
  );
  return [countOf(watchers, "watcher"), ...details].join(", ");
}
