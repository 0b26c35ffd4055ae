import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_CONNECTION_IDS, parseForm } from "#lambdas/publish/form.ts";
import { readFields } from "#lambdas/publish/form-fields.ts";
import { MAX_PRICES_PER_POST } from "#protocol/messages.ts";

/* Arbitrary bytes as a form. Does not prove that rejected forms are not stored: test/flows/fuzz.test.ts. */
const TICKER = /^(?=.*[A-Z0-9])[A-Z0-9.^][A-Z0-9.^=_/:&-]{0,31}$/;
const ARRIVAL_MS = 1_780_000_000_000;
/** The errors of docs/errors.md: a client value has at most 40 characters and no control characters. */
const SHOWN = "[^\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]{0,40}…?";
const ADVICE = "(?: \\([ -~]+\\))?";
const REFUSAL = new RegExp(
  `^(?:no quotes|mismatched tickers and prices: \\d+ \\d+|too many (?:quotes|connections|times): \\d+, at most \\d+|(?:bad ticker|not a number|unknown field|not a time|time too far ahead): ${SHOWN}${ADVICE}|not UTF-8: .+)$`,
  "u",
);

const ticker = fc.stringMatching(/^[A-Z0-9.^][A-Z0-9.^=_/:&-]{0,31}$/).filter((text) => TICKER.test(text));
const priceCents = fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 });
const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme", maxLength: 60 }));
const almostTicker = fc.oneof(
  ticker,
  ticker.map((name) => `${name}A`.padEnd(17, "A")),
  anyText,
);
const almostPrice = fc.oneof(fc.stringMatching(/^-?\d{1,17}$/), anyText);
const encode = (text: string) => new URLSearchParams({ x: text }).toString().slice(2);
const field = fc.oneof(
  almostTicker.map((text) => `ticker=${encode(text)}`),
  almostPrice.map((text) => `price=${encode(text)}`),
  anyText.map((text) => `connId=${encode(text)}`),
  anyText.map((text) => `time=${encode(text)}`),
  anyText.map((text) => `${encode(text)}=1`),
  fc.stringMatching(/^(ticker|price|connId)?=?%?[0-9A-Fa-f%]{0,6}$/),
);
const body = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString()),
  anyText,
  fc.array(field, { maxLength: 12 }).map((fields) => fields.join("&")),
  fc.tuple(almostTicker, almostPrice).map(([name, price]) => `ticker=${encode(name)}&price=${encode(price)}`),
);

test("parseForm returns valid prices or one documented error for any body", () => {
  fc.assert(
    fc.property(body, (text) => {
      const parsed = parseForm(text, ARRIVAL_MS);
      if (!parsed.ok) {
        expect(parsed.problem).toMatch(REFUSAL);
        return;
      }
      expect(parsed.form.prices.length).toBeGreaterThan(0);
      for (const { ticker: name, priceCents: cents } of parsed.form.prices) {
        expect(name).toMatch(TICKER);
        expect(Number.isSafeInteger(cents)).toBe(true);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("parseForm returns the fields of any valid form, with the last price of a repeated ticker", () => {
  const quotes = fc.array(fc.tuple(ticker, priceCents), { minLength: 1, maxLength: MAX_PRICES_PER_POST });
  const ids = fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9+/_-]{1,20}=$/), {
    maxLength: MAX_CONNECTION_IDS,
  });
  fc.assert(
    fc.property(quotes, ids, (pairs, connectionIds) => {
      const fields: [string, string][] = [
        ...pairs.flatMap(([name, cents]): [string, string][] => [
          ["ticker", name],
          ["price", String(cents)],
        ]),
        ...connectionIds.map((id): [string, string] => ["connId", id]),
      ];
      const prices = [...new Map(pairs)].map(([name, cents]) => ({ ticker: name, priceCents: cents }));
      expect(parseForm(new URLSearchParams(fields).toString(), ARRIVAL_MS)).toEqual({
        ok: true,
        form: { prices, connectionIds },
      });
    }),
    { numRuns: 200 },
  );
});

test("readFields decodes like URLSearchParams, and rejects where that returns replacement characters", () => {
  // ASCII only: URLSearchParams of Node garbles other characters beside a lone `%`.
  const part = fc.stringMatching(/^(?:[a-z+]|%[0-9A-F]{2}|%C3%A[0-9]|%){0,6}$/);
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      const text = parts.map((each) => `message=${each}`).join("&");
      const expected = new URLSearchParams(text).getAll("message");
      const fields = readFields(text, ["message"]);
      if (expected.join("").includes("\uFFFD")) expect(fields.ok).toBe(false);
      else expect(fields).toEqual({ ok: true, form: { message: expected } });
    }),
    { numRuns: 1_000 },
  );
});

test.each<[string, (count: number) => string, number]>([
  ["quotes", (n) => "ticker=A&price=1&".repeat(n), 100],
  [
    "connections",
    (n) => `ticker=A&price=1&${Array.from({ length: n }, (_, id) => `connId=${id}`).join("&")}`,
    100,
  ],
  ["digits", (n) => `ticker=A&price=-${"9".repeat(n)}`, 15],
  ["characters of a ticker", (n) => `ticker=${"A".repeat(n)}&price=1`, 32],
])("parseForm accepts the maximum number of %s and rejects one more", (_what, write, bound) => {
  expect([bound, bound + 1].map((count) => parseForm(write(count), ARRIVAL_MS).ok)).toEqual([true, false]);
});
