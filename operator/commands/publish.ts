import { formatPrice } from "#client/cents.ts";
import { MAX_PRICES_PER_POST } from "#protocol/messages.ts";
import { type Price, parseTicker, type Ticker } from "#protocol/quote.ts";
import { parseDollars } from "../cents.ts";
import { CommandError, defineCommand, JSON_HELP, JSON_OPTION, UsageError } from "../command.ts";
import { findStack } from "../find-stack.ts";
import { expectPublished, postPrices } from "../post-prices.ts";
import { countOf, describeTold } from "../quote-rows.ts";
import { formatTable } from "../table.ts";
import { print, printJson, printLines } from "../terminal.ts";

export const publish = defineCommand({
  usage: "publish TICKER=DOLLARS…",
  summary: "Publishes prices to all who watch the tickers",
  details: `Amounts are in dollars, with at most two decimals. At most ${MAX_PRICES_PER_POST} prices; of a ticker given twice the last one counts.
Where publishing takes a token, that of the output publishToken is used.

  npm run ticker -- publish AAPL=24.00 GOOG=313`,
  options: JSON_OPTION,
  optionsHelp: [JSON_HELP],
  async run({ words, options }) {
    const prices = readPrices(words);
    const posted = await postPrices(await findStack(options), prices);
    const { raw, summary } = expectPublished(posted);
    if (options.json) return printJson(raw);
    const columns = [{ title: "TICKER" }, { title: "PRICE", align: "right" }] as const;
    printLines(
      formatTable(
        columns,
        prices.map(({ ticker, priceCents }) => [ticker, formatPrice(priceCents)]),
      ),
    );
    const superseded = summary.superseded > 0 ? `, ${summary.superseded} superseded by a later price` : "";
    print(`\n${countOf(summary.quotes, "price")} published${superseded}: ${describeTold(summary)}`);
    if (summary.failed)
      throw new CommandError("Not everybody was told. Publish again: repeating is harmless.");
  },
});

/** @throws {UsageError} when a word is not a ticker, `=` and an amount, or when there are none or too many. */
export function readPrices(words: readonly string[]): readonly Price[] {
  if (words.length === 0) throw new UsageError("Expected prices, such as AAPL=24.00, got nothing.");
  const prices = new Map<Ticker, number>();
  for (const word of words) {
    // The last one: a ticker may have a `=` of its own, as EURUSD=X has.
    const at = word.lastIndexOf("=");
    const ticker = parseTicker(word.slice(0, Math.max(at, 0)));
    const priceCents = parseDollars(word.slice(at + 1));
    if (!ticker || priceCents === undefined) {
      throw new UsageError(
        `Expected a ticker, = and dollars with at most two decimals, such as AAPL=24.00, got ${JSON.stringify(word)}.`,
      );
    }
    prices.set(ticker, priceCents);
  }
  if (prices.size > MAX_PRICES_PER_POST) {
    throw new UsageError(`Expected at most ${MAX_PRICES_PER_POST} prices, got ${prices.size}.`);
  }
  return [...prices].map(([ticker, priceCents]) => ({ ticker, priceCents }));
}
