import { formatPrice } from "#client/cents.ts";
import { type AnsweredQuote, byTicker, type Told } from "./answers.ts";
import { formatTime } from "./local-time.ts";
import { type Column, formatTable } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { title: "TICKER" },
  { title: "PRICE", align: "right" },
  { title: "TIME" },
];

/** The lines of a table with a row for each ticker, priced or not. */
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

/** `changed 14:03:22` for the version of a list or a basket, which is the time of its last change in milliseconds. */
export function describeVersion(version: number): string {
  return version === 0 ? "never set" : `changed ${formatTime(new Date(version).toISOString())}`;
}

/** `1 watcher`, `2,000 watchers`. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? singular : plural}`;
}

/** What became of those who were to be told, in one line. */
export function describeTold({ watchers, queued, ...direct }: Told): string {
  const parts: readonly (readonly [number | undefined, string])[] = [
    [queued, "queued"],
    [direct.delivered, "told"],
    [direct.gone, "gone"],
    [direct.closed, "closed to come back"],
    [direct.failed, "not reached"],
  ];
  const details = parts.flatMap(([count, what]) =>
    count ? [`${count.toLocaleString("en-US")} ${what}`] : [],
  );
  return [countOf(watchers, "watcher"), ...details].join(", ");
}
