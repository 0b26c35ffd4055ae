import { expect, test } from "vitest";
import { inLots, samplePrices, sampleUser, sampleWatches, seededRandom, walk } from "#operator/samples.ts";

test("sample prices are the same in every run, between $1.00 and $500.00", () => {
  const prices = samplePrices(2_000, seededRandom(1));
  expect(samplePrices(2_000, seededRandom(1))).toEqual(prices);
  expect(prices[0]?.ticker).toBe("T0001");
  expect(prices[1_999]?.ticker).toBe("T2000");
  expect(prices.every(({ priceCents }) => priceCents >= 100 && priceCents <= 50_000)).toBe(true);
  expect(new Set(prices.map(({ priceCents }) => priceCents)).size).toBeGreaterThan(1_900);
});

test("a sample user watches 10 to 30 tickers, each once", () => {
  const random = seededRandom(7);
  const sizes = Array.from({ length: 500 }, () => {
    const tickers = sampleWatches(2_000, random);
    expect(new Set(tickers).size).toBe(tickers.length);
    return tickers.length;
  });
  expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([10, 30]);
});

test("users are numbered with three digits", () => {
  expect([sampleUser(1), sampleUser(100)]).toEqual(["user001", "user100"]);
});

test("a walk always moves, by at most half a percent, and never below a cent", () => {
  const random = seededRandom(3);
  for (let step = 0, price = 20_000; step < 1_000; step += 1) {
    const next = walk(price, random);
    expect(Math.abs(next - price)).toBeGreaterThanOrEqual(1);
    expect(Math.abs(next - price)).toBeLessThanOrEqual(Math.max(1, Math.round(price * 0.005)));
    price = next;
  }
  expect(walk(1, () => 0)).toBe(1);
});

test("lots are full but for the last", () => {
  expect(inLots([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
});
