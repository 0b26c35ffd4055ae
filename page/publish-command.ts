import type { Ticker } from "../lambdas/quote.ts";
import type { Access } from "./config.ts";

/**
 * A command to paste into a shell that publishes a price of $24.00 for `ticker`. Where a token is asked for, the shell's
 * variable `TOKEN` has it.
 */
export function publishCommand(publishUrl: string, access: Access["publish"], ticker: Ticker): string {
  const field = `ticker=${ticker}`;
  // Some shells take `^` and `=` in a word for more than themselves.
  const argument = /^[\w.-]*$/.test(ticker) ? field : `'${field}'`;
  const header = access === "token" ? '-H "Authorization: Bearer $TOKEN" ' : "";
  return `curl ${header}-d ${argument} -d price=2400 ${publishUrl}`;
}
