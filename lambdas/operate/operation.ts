import * as v from "valibot";
import { MAX_TICKERS_PER_BASKET } from "../protocol.ts";
import { isName, parseTicker, type Ticker } from "../quote.ts";

/** What the operator asks for, checked. */
export type Operation = {
  readonly operation: "basket";
  readonly name: string;
  readonly tickers: readonly Ticker[];
};

/** An operation, or one sentence that says what is wrong with it. */
export type ParsedOperation =
  | { readonly ok: true; readonly operation: Operation }
  | { readonly ok: false; readonly problem: string };

const basket = v.object({
  operation: v.literal("basket"),
  name: v.string(),
  tickers: v.array(v.string()),
});

/** What an event asks for. */
export function parseOperation(event: unknown): ParsedOperation {
  const { success, output } = v.safeParse(basket, event);
  if (!success) return refuse('Expected {"operation":"basket","name":"FAANG","tickers":["AAPL","META"]}.');
  const { operation, name } = output;
  if (!isName(name)) {
    return refuse(`Expected \`name\` to be 1 to 64 of A-Z a-z 0-9 . _ -, got ${JSON.stringify(name)}.`);
  }
  const tickers = new Set<Ticker>();
  for (const text of output.tickers) {
    const ticker = parseTicker(text);
    if (!ticker) {
      return refuse(
        `Expected each of \`tickers\` to be 1 to 16 of A-Z 0-9 . - ^ =, got ${JSON.stringify(text)}.`,
      );
    }
    tickers.add(ticker);
  }
  if (tickers.size > MAX_TICKERS_PER_BASKET) {
    return refuse(`Expected at most ${MAX_TICKERS_PER_BASKET} \`tickers\`, got ${tickers.size}.`);
  }
  return { ok: true, operation: { operation, name, tickers: [...tickers] } };
}

const refuse = (problem: string) => ({ ok: false, problem }) as const;
