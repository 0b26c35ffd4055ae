import { formatPrice } from "#client/cents.ts";
import { MAX_PRICES_PER_POST } from "#protocol/messages.ts";
import { type Price, parseTicker, type Ticker } from "#protocol/quote.ts";
import { parseDollars } from "../cents.ts";
import { CommandError, defineCommand, JSON_HELP, JSON_OPTION, UsageError } from "../command.ts";
import { findStack } from "../find-stack.ts";
import { expectPublished, postPrices } from "../post-prices.ts";
import { countOf, describeDelivery } from "../quote-rows.ts";
import { formatTable } from "../table.ts";

export const publish = defineCommand({
  usage: "publish TICKER=DOLLARS…",
  summary: "Publishes prices to the watchers of the tickers",
  details: `Amounts are in dollars, with at most two decimals. At most ${MAX_PRICES_PER_POST} prices; of duplicate tickers
the last price is published. If publishing requires a token, the stack output publishToken is used.

  npm run ticker -- publish AAPL=24.00 GOOG=313`,
  options: JSON_OPTION,
  optionsHelp: [JSON_HELP],
  async run({ args, options, terminal }) {
    const prices = readPrices(args);
    const posted = await postPrices(await findStack(options), prices);
    const { raw, summary } = expectPublished(posted);
    if (options.json) return terminal.printJson(raw);
    const columns = [{ title: "TICKER" }, { title: "PRICE", align: "right" }] as const;
    terminal.printLines(
      formatTable(
        columns,
        prices.map(({ ticker, priceCents }) => [ticker, formatPrice(priceCents)]),
      ),
    );
    const superseded = summary.superseded > 0 ? `, ${summary.superseded} superseded by a later price` : "";
    terminal.print(
      `\n${countOf(summary.quotes, "price")} published${superseded}: ${describeDelivery(summary)}`,
    );
    if (summary.failed)
      throw new CommandError("Delivery to some watchers failed. Publish again; it is safe to retry.");
  },
});

/** @throws {UsageError} unless there are 1 to 100 arguments of the form `TICKER=DOLLARS`. */
export function readPrices(args: readonly string[]): readonly Price[] {
  if (args.length === 0) throw new UsageError("Expected prices, such as AAPL=24.00, got nothing.");
  const prices = new Map<Ticker, number>();
  for (const arg of args) {
    // The last one, because a ticker may contain `=`, such as EURUSD=X.
    const at = arg.lastIndexOf("=");
    const ticker = parseTicker(arg.slice(0, Math.max(at, 0)));
    const priceCents = parseDollars(arg.slice(at + 1));
    if (!ticker || priceCents === undefined) {
      throw new UsageError(
        `Expected TICKER=DOLLARS with at most two decimals, such as AAPL=24.00, got ${JSON.stringify(arg)}.`,
      );
    }
    prices.set(ticker, priceCents);
  }
  if (prices.size > MAX_PRICES_PER_POST) {
    throw new UsageError(`Expected at most ${MAX_PRICES_PER_POST} prices, got ${prices.size}.`);
  }
  return [...prices].map(([ticker, priceCents]) => ({ ticker, priceCents }));
}
