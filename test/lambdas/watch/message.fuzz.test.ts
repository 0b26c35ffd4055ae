import fc from "fast-check";
import { expect, test } from "vitest";
import { parseMessage } from "../../../lambdas/watch/message.ts";

/* Any text at all as a message, on every route. Which route API Gateway selects is test/local/gateway's part. */
const routeKey = fc.constantFrom("watch", "unwatch", "ping", "$default");
const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme", maxLength: 150 }));
const value = fc.oneof(
  fc.jsonValue({ noUnicodeString: false }),
  fc.array(fc.oneof(fc.stringMatching(/^[A-Za-z0-9.^=-]{1,17}$/), anyText), { maxLength: 102 }),
  anyText,
);
const name = fc.oneof(fc.constantFrom("action", "tickers", "name", "__proto__", "constructor"), fc.string());
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

test("whatever comes is a request, or is answered with a documented code in one short line", () => {
  fc.assert(
    fc.property(routeKey, body, (route, text) => {
      const parsed = parseMessage(route, text);
      if (!parsed.ok) {
        const { code, message } = parsed.error;
        expect(["bad-message", "bad-ticker", "too-many", "not-implemented"]).toContain(code);
        expect(message.length).toBeLessThan(400);
        expect(message).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
        return;
      }
      expect(parsed.request.action).toBe(route);
      if (parsed.request.action === "ping") {
        expect(parsed.request.name.length).toBeLessThanOrEqual(128);
        return;
      }
      const { tickers } = parsed.request;
      expect([tickers.length > 0, tickers.length <= 100, new Set(tickers).size]).toEqual([
        true,
        true,
        tickers.length,
      ]);
      for (const ticker of tickers) expect(ticker).toMatch(/^[A-Z0-9.^=-]{1,16}$/);
    }),
    { numRuns: 1_500 },
  );
});
