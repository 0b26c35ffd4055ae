import * as v from "valibot";
import { errorMessage } from "../messages.ts";
import { type ErrorMessage, MAX_TICKERS_PER_MESSAGE } from "../protocol.ts";
import { parseTicker, type Ticker } from "../quote.ts";

/** What a browser asks for, checked. */
export type Request =
  | { readonly action: "watch"; readonly tickers: readonly Ticker[] }
  | { readonly action: "unwatch"; readonly tickers: readonly Ticker[] }
  | { readonly action: "ping"; readonly name: string };

/** A request, or the answer that says what is wrong with it. */
export type ParsedMessage =
  | { readonly ok: true; readonly request: Request }
  | { readonly ok: false; readonly error: ErrorMessage };

const MAX_NAME_LENGTH = 128;

const tickersField = v.object({ tickers: v.pipe(v.array(v.string()), v.minLength(1)) });
const pingFields = v.object({ name: v.pipe(v.string(), v.maxLength(MAX_NAME_LENGTH)) });
const anyAction = v.object({ action: v.string() });

/**
 * What a message asks for.
 * @param routeKey the route that API Gateway selected. It and not the message's own `action` decides, so that what is
 *   not routed is not implemented.
 * @param body the message as it came.
 */
export function parseMessage(routeKey: string, body: string): ParsedMessage {
  const message = parseJson(body);
  switch (routeKey) {
    case "watch":
    case "unwatch":
      return parseTickers(routeKey, message);
    case "ping": {
      const { success, output } = v.safeParse(pingFields, message);
      return success
        ? { ok: true, request: { action: "ping", name: output.name } }
        : refuse("bad-message", `Expected \`name\` to be a string of at most ${MAX_NAME_LENGTH} characters.`);
    }
    default: {
      const { success, output } = v.safeParse(anyAction, message);
      return success
        ? refuse(
            "not-implemented",
            `Expected \`action\` to be watch, unwatch or ping, got ${quoted(output.action)}.`,
          )
        : refuse("bad-message", "Expected a JSON object with a string `action`.");
    }
  }
}

function parseTickers(action: "watch" | "unwatch", message: unknown): ParsedMessage {
  const { success, output } = v.safeParse(tickersField, message, { abortEarly: true });
  if (!success) {
    return refuse(
      "bad-message",
      `Expected \`tickers\` to be a list of 1 to ${MAX_TICKERS_PER_MESSAGE} strings.`,
    );
  }
  if (output.tickers.length > MAX_TICKERS_PER_MESSAGE) {
    return refuse(
      "too-many",
      `Expected at most ${MAX_TICKERS_PER_MESSAGE} \`tickers\`, got ${output.tickers.length}.`,
    );
  }
  const tickers = new Set<Ticker>();
  for (const text of output.tickers) {
    const ticker = parseTicker(text);
    if (!ticker) {
      return refuse(
        "bad-ticker",
        `Expected each of \`tickers\` to be 1 to 16 of A-Z 0-9 . - ^ =, got ${quoted(text)}.`,
      );
    }
    tickers.add(ticker);
  }
  return { ok: true, request: { action, tickers: [...tickers] } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const refuse = (code: ErrorMessage["code"], message: string) =>
  ({ ok: false, error: errorMessage(code, message) }) as const;

/** What a client sent, fit for one line: cut, escaped, and without what breaks a line or turns its direction. */
function quoted(text: string): string {
  const json = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
  return json.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
}
