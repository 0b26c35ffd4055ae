import { EnvironmentError } from "#protocol/errors.ts";

/**
 * The environment variables that `names` lists, all of them present.
 * @throws {EnvironmentError} when one is missing or empty, or is no URL though its name ends in `_URL`; all of them are
 *   named.
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
  const useless = names.filter((name) => name.endsWith("_URL") && !URL.canParse(environment[name] ?? ""));
  if (useless.length > 0) {
    const found = useless.map((name) => `${name}=${environment[name]}`).join(", ");
    throw new EnvironmentError(`Expected what ends in _URL to be a URL, got ${found}.`);
  }
  return Object.fromEntries(names.map((name) => [name, environment[name]])) as Record<Name, string>;
}
