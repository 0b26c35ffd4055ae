import type { Ticker } from "../lambdas/quote.ts";

/** A command to paste into a shell that publishes a price of $24.00 for `ticker`. */
export function publishCommand(publishUrl: string, ticker: Ticker): string {
  const field = `ticker=${ticker}`;
  // Some shells take `^` and `=` in a word for more than themselves.
  const argument = /^[\w.-]*$/.test(ticker) ? field : `'${field}'`;
  return `curl -d ${argument} -d price=2400 ${publishUrl}`;
}
