import { expect, test } from "vitest";
import {
  chunk,
  movePrice,
  samplePrices,
  sampleUser,
  sampleWatches,
  seededRandom,
} from "#operator/samples.ts";

test("samplePrices returns the same prices from $1.00 to $500.00 for the same seed", () => {
  const prices = samplePrices(2_000, seededRandom(1));
  expect(samplePrices(2_000, seededRandom(1))).toEqual(prices);
  expect(prices[0]?.ticker).toBe("T0001");
  expect(prices[1_999]?.ticker).toBe("T2000");
  expect(prices.every(({ priceCents }) => priceCents >= 100 && priceCents <= 50_000)).toBe(true);
  expect(new Set(prices.map(({ priceCents }) => priceCents)).size).toBeGreaterThan(1_900);
});

test("sampleWatches returns 10 to 30 distinct tickers", () => {
  const random = seededRandom(7);
  const sizes = Array.from({ length: 500 }, () => {
    const tickers = sampleWatches(2_000, random);
    expect(new Set(tickers).size).toBe(tickers.length);
    return tickers.length;
  });
  expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([10, 30]);
});

test("sampleUser pads the number to three digits", () => {
  expect([sampleUser(1), sampleUser(100)]).toEqual(["user001", "user100"]);
});

test("movePrice changes a price by at most half a percent and never below a cent", () => {
  const random = seededRandom(3);
  for (let step = 0, price = 20_000; step < 1_000; step += 1) {
    const next = movePrice(price, random);
    expect(Math.abs(next - price)).toBeGreaterThanOrEqual(1);
    expect(Math.abs(next - price)).toBeLessThanOrEqual(Math.max(1, Math.round(price * 0.005)));
    price = next;
  }
  expect(movePrice(1, () => 0)).toBe(1);
});

test("chunk fills every chunk except the last", () => {
  expect(chunk([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
});
