import * as v from "valibot";
import { MAX_BASKETS, MAX_TICKERS_PER_BASKET, MAX_TICKERS_PER_MESSAGE } from "#protocol/messages.ts";
import { excerpt } from "#protocol/printable.ts";
import { isName, parseTicker, TICKER_FORMAT } from "#protocol/quote.ts";
import { isUserId, USER_ID_FORMAT } from "#protocol/user-id.ts";
import { isConnectionId } from "../connections/connections.ts";

const NAME = "1 to 64 of A-Z a-z 0-9 . _ -";

// The message of a check is the expected format; problemOf adds the field name and the value.
const name = v.pipe(v.string(), v.check(isName, NAME));
const userId = v.pipe(v.string(), v.check(isUserId, USER_ID_FORMAT));
const ticker = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const parsed = parseTicker(dataset.value);
    if (parsed !== undefined) return parsed;
    addIssue({ message: TICKER_FORMAT });
    return NEVER;
  }),
);
const connectionId = v.pipe(v.string(), v.check(isConnectionId, "a connection id, such as TkJq1cKoIAMCJ8g="));
const tickersUpTo = (most: number) =>
  v.pipe(
    v.array(ticker),
    v.transform((all) => [...new Set(all)]),
    v.maxLength(most),
  );
const baskets = v.pipe(
  v.array(name),
  v.transform((all) => [...new Set(all)]),
  v.maxLength(MAX_BASKETS),
);

const listFields = {
  userId,
  tickers: v.optional(tickersUpTo(MAX_TICKERS_PER_MESSAGE), []),
  baskets: v.optional(baskets, []),
};
// Strict, because a misspelt optional field would silently change the meaning of an operation.
const schema = v.pipe(
  v.variant("operation", [
    v.strictObject({
      operation: v.literal("basket"),
      name,
      tickers: v.exactOptional(tickersUpTo(MAX_TICKERS_PER_BASKET)),
    }),
    v.strictObject({ operation: v.literal("clean") }),
    v.strictObject({ operation: v.literal("connections") }),
    v.strictObject({ operation: v.literal("forget"), connectionId }),
    v.strictObject({ operation: v.literal("prices"), userId: v.exactOptional(userId) }),
    v.strictObject({ operation: v.literal("unwatch"), ...listFields }),
    v.strictObject({ operation: v.literal("user"), userId }),
    v.strictObject({ operation: v.literal("watch"), ...listFields }),
    v.strictObject({ operation: v.literal("watchers"), ticker }),
  ]),
  v.check((input) => {
    const isList = input.operation === "watch" || input.operation === "unwatch";
    return !isList || input.tickers.length + input.baskets.length > 0;
  }),
);

/** A validated operation. */
export type Operation = v.InferOutput<typeof schema>;

/** An operation, or its first problem as one sentence. */
export type ParsedOperation =
  | { readonly ok: true; readonly operation: Operation }
  | { readonly ok: false; readonly problem: string };

const EXAMPLES: { readonly [Name in Operation["operation"]]: string } = {
  basket: '{"operation":"basket","name":"FAANG"} or {"operation":"basket","name":"FAANG","tickers":["AAPL"]}',
  clean: '{"operation":"clean"}',
  connections: '{"operation":"connections"}',
  forget: '{"operation":"forget","connectionId":"TkJq1cKoIAMCJ8g="}',
  prices: '{"operation":"prices"} or {"operation":"prices","userId":"user003"}',
  unwatch: '{"operation":"unwatch","userId":"user003","tickers":["AAPL"],"baskets":["FAANG"]}',
  user: '{"operation":"user","userId":"user003"}',
  watch: '{"operation":"watch","userId":"user003","tickers":["AAPL"],"baskets":["FAANG"]}',
  watchers: '{"operation":"watchers","ticker":"AAPL"}',
};

/** Parses a Lambda event. */
export function parseOperation(event: unknown): ParsedOperation {
  const { success, output, issues } = v.safeParse(schema, event, { abortEarly: true });
  return success ? { ok: true, operation: output } : { ok: false, problem: problemOf(event, issues[0]) };
}

const anyOperation = v.object({ operation: v.picklist(Object.keys(EXAMPLES) as (keyof typeof EXAMPLES)[]) });

function problemOf(event: unknown, issue: v.InferIssue<typeof schema>): string {
  if (!v.is(anyOperation, event)) {
    const got = v.is(v.object({ operation: v.unknown() }), event) ? event.operation : event;
    const known = Object.keys(EXAMPLES);
    const list = `${known.slice(0, -1).join(", ")} or ${known.at(-1)}`;
    return `Expected \`operation\` to be ${list}, got ${formatValue(got)}.`;
  }
  const [field, item] = issue.path ?? [];
  if (field && issue.type === "max_length") {
    return `Expected at most ${issue.requirement} \`${field.key}\`, got ${(issue.input as readonly unknown[]).length}.`;
  }
  if (field && (issue.type === "check" || issue.type === "raw_transform")) {
    const subject = item ? `each of \`${field.key}\`` : `\`${field.key}\``;
    return `Expected ${subject} to be ${issue.message}, got ${formatValue(issue.input)}.`;
  }
  return `Expected ${EXAMPLES[event.operation]}.`;
}

/** The first 200 characters of a value as JSON. `JSON.stringify` throws for very deep events. */
function formatValue(value: unknown): string {
  try {
    return excerpt(JSON.stringify(value) ?? "undefined", 200);
  } catch {
    return "a value nested too deeply";
  }
}
