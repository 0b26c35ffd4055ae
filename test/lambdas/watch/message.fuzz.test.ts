import fc from "fast-check";
import { expect, test } from "vitest";
import type { Watches } from "#lambdas/graph/subscriptions.ts";
import { type HeldVersions, parseMessage } from "#lambdas/watch/message.ts";

/* Arbitrary text as a message on every route. Route selection is tested in test/emulator/apigateway. */
const routeKey = fc.constantFrom("watch", "unwatch", "user", "sync", "ping", "$default");
const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme", maxLength: 150 }));
const value = fc.oneof(
  fc.jsonValue({ noUnicodeString: false }),
  fc.array(fc.oneof(fc.stringMatching(/^[A-Za-z0-9.^=-]{1,17}$/), anyText), { maxLength: 102 }),
  anyText,
);
const name = fc.oneof(
  fc.constantFrom(
    "action",
    "tickers",
    "baskets",
    "quotes",
    "id",
    "name",
    "request",
    "__proto__",
    "constructor",
  ),
  fc.string(),
);
const body = fc.oneof(
  anyText,
  fc.json(),
  fc
    .array(fc.tuple(name, value), { maxLength: 4 })
    .map(
      (fields) => `{${fields.map(([key, of]) => `${JSON.stringify(key)}:${JSON.stringify(of)}`).join(",")}}`,
    ),
  fc.nat(50_000).map((depth) => `{"tickers":${"[".repeat(depth)}${"]".repeat(depth)}}`),
  fc.constantFrom(
    '{"tickers":1e999}',
    `{"action":"${"\u2028".repeat(50_000)}"}`,
    '{"tickers":["a\u0085\u202e"]}',
  ),
);

test("parseMessage returns a request or a documented error in one short line for any text", () => {
  fc.assert(
    fc.property(routeKey, body, (route, text) => {
      const parsed = parseMessage(route, text);
      const { requestName = "" } = parsed;
      expect(requestName.length).toBeLessThanOrEqual(128);
      if (!parsed.ok) {
        const { code, message, request } = parsed.error;
        expect(["bad-message", "bad-ticker", "too-many", "not-implemented"]).toContain(code);
        expect(message.length).toBeLessThan(400);
        expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(request).toBe(parsed.requestName);
        return;
      }
      const { request } = parsed;
      expect(request.action).toBe(route);
      if (request.action === "ping") expect(request.name.length).toBeLessThanOrEqual(128);
      else if (request.action === "user") expect(request.userId).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
      else if (request.action === "authorize") expect(request.token.length).toBeLessThanOrEqual(4_096);
      else if (request.action === "sync") expectHeld(request.held);
      else expectWatches(request.watches);
    }),
    { numRuns: 1_500 },
  );
});

function expectHeld({ quotes, baskets }: HeldVersions): void {
  expect([quotes.size <= 500, baskets.size <= 20]).toEqual([true, true]);
  for (const version of [...quotes.values(), ...baskets.values()])
    expect(version).toSatisfy(Number.isSafeInteger);
}

function expectWatches({ tickers, baskets }: Watches): void {
  expect(tickers.length + baskets.length).toBeGreaterThan(0);
  expect([tickers.length <= 100, baskets.length <= 20]).toEqual([true, true]);
  expect([new Set(tickers).size, new Set(baskets).size]).toEqual([tickers.length, baskets.length]);
  for (const ticker of tickers) expect(ticker).toMatch(/^(?=.*[A-Z0-9])[A-Z0-9.^][A-Z0-9.^=_/:&-]{0,31}$/);
  for (const basket of baskets) expect(basket).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
}
