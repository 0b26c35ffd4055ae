import * as pulumi from "@pulumi/pulumi";

/**
 * Reads the stack's configuration key by key; Pulumi.yaml gives the defaults.
 * Every method throws `pulumi.RunError` for a value that cannot work, with the key, what was expected, what was found, and
 * the command to run.
 */
export class ConfigReader {
  readonly #config = new pulumi.Config();

  /** A text that `pattern` matches. @param example a value that would do. */
  text(key: string, pattern: RegExp, expected: string, example: string): string {
    const value = this.#config.require(key);
    return this.expect(key, value, pattern.test(value), expected, example);
  }

  /** A whole number within bounds, both included. */
  integer(key: string, min: number, max: number, example: number): number {
    const text = this.#config.require(key);
    const value = Number(text);
    const holds = /^-?\d+$/.test(text) && value >= min && value <= max;
    this.expect(key, text, holds, `a whole number from ${min} to ${max}`, example);
    return value;
  }

  /** A number within bounds, both included, that is a multiple of `step`. */
  multiple(key: string, step: number, min: number, max: number): number {
    const text = this.#config.require(key);
    const value = Number(text);
    const holds = text.trim() !== "" && value >= min && value <= max && value % step === 0;
    this.expect(key, text, holds, `${min} to ${max} in steps of ${step}`, min);
    return value;
  }

  oneOf(key: string, values: readonly number[], example: number): number {
    const text = this.#config.require(key);
    this.expect(key, text, values.map(String).includes(text), `one of ${values.join(", ")}`, example);
    return Number(text);
  }

  /** Who may come in: whoever has a token, or everybody. */
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

  /** `value`, if `holds`. */
  expect<T>(key: string, value: T, holds: boolean, expected: string, example: string | number): T {
    if (holds) return value;
    throw new pulumi.RunError(
      `Expected ${this.#config.name}:${key} to be ${expected}, got ${value}. Run: pulumi config set ${key} ${example}`,
    );
  }
}
