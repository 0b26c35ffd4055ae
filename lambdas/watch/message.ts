import * as v from "valibot";
import {
  type ErrorMessage,
  MAX_BASKETS,
  MAX_QUOTES_PER_SYNC,
  MAX_TICKERS_PER_MESSAGE,
} from "#protocol/messages.ts";
import { excerpt, toPrintableJson } from "#protocol/printable.ts";
import { isName, parseTicker, TICKER_FORMAT, type Ticker } from "#protocol/quote.ts";
import { MAX_TOKEN_LENGTH } from "#protocol/token-audiences.ts";
import { isUserId, USER_ID_FORMAT } from "#protocol/user-id.ts";
import { errorMessage } from "../delivery/messages.ts";
import type { Watches } from "../graph/subscriptions.ts";

/** A validated request of a client. */
export type ClientRequest =
  | { readonly action: "watch"; readonly watches: Watches }
  | { readonly action: "unwatch"; readonly watches: Watches }
  | { readonly action: "user"; readonly userId: string }
  | { readonly action: "authorize"; readonly token: string }
  | { readonly action: "sync"; readonly held: HeldVersions }
  | { readonly action: "ping"; readonly name: string };

/** The versions that a client holds, and the requested range of tickers: `after` < ticker <= `until`. */
export interface HeldVersions {
  readonly quotes: ReadonlyMap<string, number>;
  readonly baskets: ReadonlyMap<string, number>;
  readonly user?: { readonly id: string; readonly version: number };
  readonly after?: string;
  readonly until?: string;
}

/** A request, or the error message to send instead. */
export type ParsedMessage = (
  | { readonly ok: true; readonly request: ClientRequest }
  | { readonly ok: false; readonly error: ErrorMessage }
) & {
  /** The `request` field of the message, echoed in the response. */
  readonly requestName?: string;
};

const MAX_NAME_LENGTH = 128;
const EXPECTED_ACTIONS = "watch, unwatch, user, authorize, sync or ping";

const name = v.pipe(v.string(), v.maxLength(MAX_NAME_LENGTH));
const anyAction = v.object({ action: v.string() });
const requestField = v.object({ request: v.optional(name) });
const pingFields = v.object({ name });
const userFields = v.object({ id: v.pipe(v.string(), v.check(isUserId)) });
const authorizeFields = v.object({ token: v.pipe(v.string(), v.nonEmpty(), v.maxLength(MAX_TOKEN_LENGTH)) });
const version = v.pipe(v.number(), v.safeInteger());
const versions = v.optional(
  v.pipe(
    v.record(v.string(), version),
    // A Map, because an object would treat the name `__proto__` as its prototype.
    v.transform((held) => new Map(Object.entries(held))),
  ),
  {},
);
const syncFields = v.object({
  quotes: versions,
  baskets: versions,
  user: v.exactOptional(v.object({ id: v.string(), version })),
  after: v.exactOptional(v.string()),
  until: v.exactOptional(v.string()),
});
const list = v.optional(v.array(v.string()), []);
const watchFields = v.object({ tickers: list, baskets: list });

/**
 * Parses a WebSocket message.
 * @param routeKey the route selected by API Gateway. It determines the action, so that unrouted actions are
 *   not implemented.
 */
export function parseMessage(routeKey: string, body: string): ParsedMessage {
  const message = parseJson(body);
  const field = v.safeParse(requestField, message);
  const isBadName = v.is(anyAction, message) && !field.success;
  if (isBadName) {
    return refuse(
      "bad-message",
      `Expected \`request\` to be a string of at most ${MAX_NAME_LENGTH} characters.`,
    );
  }
  const parsed = parseFields(routeKey, message);
  const requestName = field.success ? field.output.request : undefined;
  if (requestName === undefined) return parsed;
  return parsed.ok
    ? { ...parsed, requestName }
    : { ...parsed, error: { ...parsed.error, request: requestName }, requestName };
}

function parseFields(routeKey: string, message: unknown): ParsedMessage {
  switch (routeKey) {
    case "watch":
    case "unwatch":
      return parseWatches(routeKey, message);
    case "user": {
      const { success, output } = v.safeParse(userFields, message);
      return success
        ? { ok: true, request: { action: "user", userId: output.id } }
        : refuse("bad-message", `Expected \`id\` to be ${USER_ID_FORMAT}.`);
    }
    case "authorize": {
      const { success, output } = v.safeParse(authorizeFields, message);
      return success
        ? { ok: true, request: { action: "authorize", token: output.token } }
        : refuse("bad-message", `Expected \`token\` to be a string of 1 to ${MAX_TOKEN_LENGTH} characters.`);
    }
    case "sync":
      return parseSync(message);
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
            `Expected \`action\` to be ${EXPECTED_ACTIONS}, got ${toPrintableJson(excerpt(output.action))}.`,
          )
        : refuse("bad-message", "Expected a JSON object with a string `action`.");
    }
  }
}

function parseWatches(action: "watch" | "unwatch", message: unknown): ParsedMessage {
  const { success, output } = v.safeParse(watchFields, message, { abortEarly: true });
  if (!success || output.tickers.length + output.baskets.length === 0) {
    return refuse(
      "bad-message",
      `Expected \`tickers\` to be a list of 1 to ${MAX_TICKERS_PER_MESSAGE} strings, or \`baskets\` one of 1 to ${MAX_BASKETS}.`,
    );
  }
  const { tickers: texts, baskets } = output;
  if (texts.length > MAX_TICKERS_PER_MESSAGE) {
    return refuse(
      "too-many",
      `Expected at most ${MAX_TICKERS_PER_MESSAGE} \`tickers\`, got ${texts.length}.`,
    );
  }
  if (baskets.length > MAX_BASKETS) {
    return refuse("too-many", `Expected at most ${MAX_BASKETS} \`baskets\`, got ${baskets.length}.`);
  }
  const tickers = new Set<Ticker>();
  for (const text of texts) {
    const ticker = parseTicker(text);
    if (!ticker) {
      return refuse(
        "bad-ticker",
        `Expected each of \`tickers\` to be ${TICKER_FORMAT}, got ${toPrintableJson(excerpt(text))}.`,
      );
    }
    tickers.add(ticker);
  }
  const invalid = baskets.find((basket) => !isName(basket));
  if (invalid !== undefined) {
    return refuse(
      "bad-message",
      `Expected each of \`baskets\` to be 1 to 64 of A-Z a-z 0-9 . _ -, got ${toPrintableJson(excerpt(invalid))}.`,
    );
  }
  const watches = { tickers: [...tickers], baskets: [...new Set(baskets)] };
  return { ok: true, request: { action, watches } };
}

function parseSync(message: unknown): ParsedMessage {
  const { success, output } = v.safeParse(syncFields, message, { abortEarly: true });
  if (!success) {
    return refuse(
      "bad-message",
      'Expected `quotes` and `baskets` to map names to versions, for example {"AAPL":7}, `user` to be ' +
        '{"id":"…","version":7}, and `after` and `until` to be tickers.',
    );
  }
  const { quotes, baskets } = output;
  if (quotes.size > MAX_QUOTES_PER_SYNC) {
    return refuse("too-many", `Expected at most ${MAX_QUOTES_PER_SYNC} \`quotes\`, got ${quotes.size}.`);
  }
  if (baskets.size > MAX_BASKETS) {
    return refuse("too-many", `Expected at most ${MAX_BASKETS} \`baskets\`, got ${baskets.size}.`);
  }
  return { ok: true, request: { action: "sync", held: output } };
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
