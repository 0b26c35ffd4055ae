import { expect, test } from "vitest";
import { readEnvironment } from "#lambdas/environment.ts";
import { EnvironmentError } from "#protocol/errors.ts";

test("readEnvironment returns only the requested variables", () => {
  expect(readEnvironment(["A", "B"], { A: "1", B: "2", C: "3" })).toEqual({ A: "1", B: "2" });
});

test("readEnvironment throws and lists every _URL variable that is not a URL", () => {
  expect(() => readEnvironment(["A_URL", "B_URL"], { A_URL: "wss://a:1/x", B_URL: "garbage" })).toThrow(
    new EnvironmentError("Expected what ends in _URL to be a URL, got B_URL=garbage."),
  );
});

test("readEnvironment throws and lists every variable that is missing or empty", () => {
  expect(() => readEnvironment(["A", "B", "C"], { A: "1", B: "" })).toThrow(
    new EnvironmentError(
      "Expected the environment to have A, B, C, but B, C is missing or empty. " +
        "The Pulumi program declares them with the function: see infra/.",
    ),
  );
});
