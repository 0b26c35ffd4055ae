import { expect, test } from "vitest";
import { within } from "#lambdas/deadline.ts";
import { type RetryPolicy, retry } from "#lambdas/retry.ts";

const POLICY: RetryPolicy = { attempts: 4, baseMs: 1, capMs: 2, giveUpAfterMs: 60_000 };

/** Throws each of `errors` once, then returns "done". */
function failing(...errors: Error[]): { operation: () => Promise<string>; calls: () => number } {
  let calls = 0;
  const operation = async () => {
    const error = errors[calls++];
    if (error) throw error;
    return "done";
  };
  return { operation, calls: () => calls };
}

test("retry repeats an operation with transient errors until it succeeds", async () => {
  const { operation, calls } = failing(new Error("1"), new Error("2"), new Error("3"));
  expect(await retry(POLICY, () => true, operation)).toBe("done");
  expect(calls()).toBe(4);
});

test("retry throws the last error after the maximum number of attempts", async () => {
  const { operation, calls } = failing(...["1", "2", "3", "4", "5"].map((text) => new Error(text)));
  await expect(retry(POLICY, () => true, operation)).rejects.toThrow(new Error("4"));
  expect(calls()).toBe(4);
});

test("retry throws an error that is not transient without another attempt", async () => {
  const { operation, calls } = failing(new Error("final"));
  await expect(retry(POLICY, () => false, operation)).rejects.toThrow(new Error("final"));
  expect(calls()).toBe(1);
});

test("retry starts no attempt after giveUpAfterMs", async () => {
  const { operation, calls } = failing(new Error("1"), new Error("2"));
  await expect(retry({ ...POLICY, giveUpAfterMs: -1 }, () => true, operation)).rejects.toThrow(
    new Error("1"),
  );
  expect(calls()).toBe(1);
});

test("retry starts no attempt after the deadline of the caller", async () => {
  const { operation, calls } = failing(new Error("1"), new Error("2"));
  await expect(within(0, () => retry(POLICY, () => true, operation))).rejects.toThrow(new Error("1"));
  expect(calls()).toBe(1);
});
