import { formatChange, formatPrice } from "#client/cents.ts";
import type { LiveRow } from "./live-quotes.ts";
import { formatTime } from "./local-time.ts";
import { sparkline } from "./sparkline.ts";
import { type Column, formatTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

const COLUMNS: readonly Column[] = [
  { title: "TICKER" },
  { title: "PRICE", align: "right" },
  { title: "CHANGE", align: "right" },
  { title: "LAST PRICES" },
  { title: "TIME" },
];

/** The table for a terminal. @param maxRows excess rows are counted in the last line. */
export function formatLiveTable(
  rows: readonly LiveRow[],
  maxRows: number,
  paint: Paint,
  now = new Date(),
): readonly string[] {
  const shown = rows.length > maxRows ? rows.slice(0, Math.max(0, maxRows - 1)) : rows;
  const lines = formatTable(
    COLUMNS,
    shown.map(({ ticker, price, lastCents }) => {
      if (!price) return [ticker, "–"];
      const change = paintChange(price.changeCents, paint);
      return [ticker, formatPrice(price.cents), change, sparkline(lastCents), formatTime(price.at, now)];
    }),
  );
  return shown.length === rows.length ? lines : [...lines, `… and ${rows.length - shown.length} more`];
}

/** One quote as a line for pipes: time, ticker, price, change. */
export function formatQuoteLine({ ticker, price }: LiveRow, now = new Date()): string {
  if (!price) return ticker;
  const cells = [formatTime(price.at, now), ticker.padEnd(8), formatPrice(price.cents).padStart(12)];
  return [...cells, formatChange(price.changeCents)].join("  ");
}

function paintChange(changeCents: number | undefined, paint: Paint): string {
  const text = formatChange(changeCents);
  return changeCents ? paint(changeCents > 0 ? "green" : "red", text) : text;
}
