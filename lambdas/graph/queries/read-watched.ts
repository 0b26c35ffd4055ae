import { GraphError } from "#protocol/errors.ts";
import type { Quote, Ticker } from "#protocol/quote.ts";
import { formatValue } from "../../format-value.ts";
import type { Basket, Watched } from "../subscriptions.ts";
import { endsOf, nodeOf } from "./graph-ids.ts";

/**
 * A watch list, from the rows of the traversals `watched`, `user` and `basket`: vertex maps and edge ids.
 * @throws {GraphError} `GRAPH_BAD_RESPONSE` for anything else.
 */
export function readWatched(rows: readonly unknown[]): Watched {
  let user: Watched["user"];
  const tickers = new Set<Ticker>();
  const baskets = new Map<string, { version: number; readonly tickers: Set<Ticker> }>();
  const quotes = new Map<Ticker, Quote>();
  const basketOf = (name: string) => {
    const known = baskets.get(name) ?? { version: 0, tickers: new Set<Ticker>() };
    baskets.set(name, known);
    return known;
  };

  for (const row of rows) {
    if (typeof row === "string") {
      const [from, to] = endsOf(row) ?? expected("the id of an edge", row);
      if (to.kind === "basket") basketOf(to.name);
      if (to.kind === "ticker")
        (from.kind === "basket" ? basketOf(from.name).tickers : tickers).add(to.ticker);
      continue;
    }
    const { id, price, version, at } = toRecord(row);
    const node = (typeof id === "string" && nodeOf(id)) || expected("the id of a vertex", id);
    const known = typeof version === "number" ? version : 0;
    if (node.kind === "user") user = { id: node.id, version: known };
    if (node.kind === "basket") basketOf(node.name).version = known;
    if (node.kind === "ticker" && typeof price === "number" && typeof at === "string") {
      quotes.set(node.ticker, { ticker: node.ticker, priceCents: price, version: known, at });
    }
  }

  return {
    ...(user && { user }),
    tickers: [...tickers].sort(),
    baskets: [...baskets]
      .map(([name, { version, tickers }]): Basket => ({ name, version, tickers: [...tickers].sort() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    quotes: [...quotes.values()].sort((a, b) => (a.ticker < b.ticker ? -1 : 1)),
  };
}

/** The entries of a `Map` from GraphBinary. Its keys are strings, except the enum values for `id` and `label`. */
export function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (!(value instanceof Map)) return expected("a map", value);
  return Object.fromEntries([...value].map(([key, entry]) => [String(key.elementName ?? key), entry]));
}

function expected(expectation: string, got: unknown): never {
  throw new GraphError("GRAPH_BAD_RESPONSE", `Expected ${expectation}, got ${formatValue(got)}.`);
}
