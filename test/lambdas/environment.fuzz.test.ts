import fc from "fast-check";
import { expect, test } from "vitest";
import { readEnvironment } from "#lambdas/environment.ts";
import { EnvironmentError } from "#protocol/errors.ts";

/* Random environments with variable names in upper case. Does not prove that a value is valid. */
const name = fc.stringMatching(/^[A-Z][A-Z_]{0,8}$/);
const environment = fc.dictionary(
  fc.oneof(name, fc.constant("__proto__"), fc.string()),
  fc.string({ unit: "binary" }),
);

test("readEnvironment returns every variable unchanged, or throws an error that lists the missing ones", () => {
  fc.assert(
    fc.property(environment, fc.uniqueArray(name), (variables, extra) => {
      const names = [...Object.keys(variables).filter((key) => /^[A-Z_]+$/.test(key)), ...extra];
      const missing = names.filter((key) => !variables[key]);
      if (missing.length === 0) {
        expect(readEnvironment(names, variables)).toEqual(
          Object.fromEntries(names.map((key) => [key, variables[key]])),
        );
        return;
      }
      expect(() => readEnvironment(names, variables)).toThrow(EnvironmentError);
      expect(() => readEnvironment(names, variables)).toThrow(`${missing.join(", ")} is missing or empty`);
    }),
    { numRuns: 500 },
  );
});
