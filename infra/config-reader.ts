import * as pulumi from "@pulumi/pulumi";

/**
 * Reads and validates the stack configuration, one key per call. Pulumi.yaml contains the defaults.
 * Every method throws `pulumi.RunError` for an invalid value, with the key, the expected and actual value, and
 * the command that sets it.
 */
export class ConfigReader {
  readonly #config = new pulumi.Config();

  /** A string that matches `pattern`. @param example a valid value for the error message. */
  text(key: string, pattern: RegExp, expected: string, example: string): string {
    const value = this.#config.require(key);
    return this.expect(key, value, pattern.test(value), expected, example);
  }

  /** An integer from `min` to `max`, inclusive. */
  integer(key: string, min: number, max: number, example: number): number {
    const text = this.#config.require(key);
    const value = Number(text);
    const isValid = /^-?\d+$/.test(text) && value >= min && value <= max;
    this.expect(key, text, isValid, `a whole number from ${min} to ${max}`, example);
    return value;
  }

  /** A multiple of `step` from `min` to `max`, inclusive. */
  multiple(key: string, step: number, min: number, max: number): number {
    const text = this.#config.require(key);
    const value = Number(text);
    const isValid = text.trim() !== "" && value >= min && value <= max && value % step === 0;
    this.expect(key, text, isValid, `${min} to ${max} in steps of ${step}`, min);
    return value;
  }

  oneOf(key: string, values: readonly number[], example: number): number {
    const text = this.#config.require(key);
    this.expect(key, text, values.map(String).includes(text), `one of ${values.join(", ")}`, example);
    return Number(text);
  }

  /** Access mode: `token` (required) or `open` (no token). */
  access(key: string): "token" | "open" {
    const text = this.#config.require(key);
    this.expect(key, text, text === "token" || text === "open", "token or open", "token");
    return text === "open" ? "open" : "token";
  }

  flag(key: string): boolean {
    const text = this.#config.require(key);
    this.expect(key, text, text === "true" || text === "false", "true or false", "true");
    return text === "true";
  }

  /** `value`, if `isValid`. @throws {pulumi.RunError} otherwise. */
  expect<T>(key: string, value: T, isValid: boolean, expected: string, example: string | number): T {
    if (isValid) return value;
    throw new pulumi.RunError(
      `Expected ${this.#config.name}:${key} to be ${expected}, got ${value}. Run: pulumi config set ${key} ${example}`,
    );
  }
}
