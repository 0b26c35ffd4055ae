import type { Ticker } from "#protocol/quote.ts";
import type { Access } from "./config.ts";

/**
 * A shell command that publishes a price of $24.00 for `ticker`. It reads a required token from the shell variable
 * `TOKEN`.
 */
export function publishCommand(publishUrl: string, access: Access["publish"], ticker: Ticker): string {
  const field = `ticker=${ticker}`;
  // `^`, `=` and `&` are special to some shells.
  const argument = /^[\w.:/-]*$/.test(ticker) ? field : `'${field}'`;
  // `&` separates form fields. No other character of a ticker needs encoding.
  const option = ticker.includes("&") ? "--data-urlencode" : "-d";
  const header = access === "token" ? '-H "Authorization: Bearer $TOKEN" ' : "";
  return `curl ${header}${option} ${argument} -d price=2400 ${publishUrl}`;
}
