import { EnvironmentError } from "#protocol/errors.ts";

/**
 * The environment variables in `names`.
 * @throws {EnvironmentError} when a variable is missing or empty, or its name ends in `_URL` and its value is not a URL. The
 *   message lists all such variables.
 */
export function readEnvironment<Name extends string>(
  names: readonly Name[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Record<Name, string> {
  const missing = names.filter((name) => !environment[name]);
  if (missing.length > 0) {
    throw new EnvironmentError(
      `Expected the environment to have ${names.join(", ")}, but ${missing.join(", ")} is missing or empty. ` +
        "The Pulumi program declares them with the function: see infra/.",
    );
  }
  const invalid = names.filter((name) => name.endsWith("_URL") && !URL.canParse(environment[name] ?? ""));
  if (invalid.length > 0) {
    const found = invalid.map((name) => `${name}=${environment[name]}`).join(", ");
    throw new EnvironmentError(`Expected what ends in _URL to be a URL, got ${found}.`);
  }
  return Object.fromEntries(names.map((name) => [name, environment[name]])) as Record<Name, string>;
}
