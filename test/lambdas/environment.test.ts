import { expect, test } from "vitest";
import { readEnvironment } from "../../lambdas/environment.ts";
import { EnvironmentError } from "../../lambdas/errors.ts";

test("gives the variables that are asked for and no others", () => {
  expect(readEnvironment(["A", "B"], { A: "1", B: "2", C: "3" })).toEqual({ A: "1", B: "2" });
});

test("names every variable that is missing or empty", () => {
  expect(() => readEnvironment(["A", "B", "C"], { A: "1", B: "" })).toThrow(
    new EnvironmentError(
      "Expected the environment to have A, B, C, but B, C is missing or empty. " +
        "The Pulumi program declares them with the function: see infra/.",
    ),
  );
});
