import { parsePriceCents } from "#protocol/quote.ts";

const DOLLARS = /^(-?)\$?(\d{1,15})(?:\.(\d{1,2}))?$/;

/**
 * Whole cents of an amount in dollars such as `24`, `24.5`, `$24.00` or `-0.05`; `undefined` when it is not
 * an amount, has more than two decimals, or exceeds the digits of a price. Exact: it does not multiply.
 */
export function parseDollars(text: string): number | undefined {
  const [, sign, dollars, decimals = ""] = DOLLARS.exec(text) ?? [];
  if (dollars === undefined) return undefined;
  const digits = `${dollars}${decimals.padEnd(2, "0")}`.replace(/^0+(?=\d)/, "");
  return parsePriceCents(`${sign}${digits}`);
}
