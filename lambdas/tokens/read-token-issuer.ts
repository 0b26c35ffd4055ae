import { readEnvironment } from "../environment.ts";
import { EnvironmentError } from "../errors.ts";
import type { TokenIssuer } from "./verify-token.ts";

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Whose tokens are taken: `TOKEN_ISSUER`, with one of `TOKEN_PUBLIC_KEY` (PEM) and `TOKEN_JWKS_URL`.
 * @throws {EnvironmentError} when one is missing, when there are both keys and URL, or when the keys would come by plain HTTP.
 */
export function readTokenIssuer(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): TokenIssuer {
  const { TOKEN_ISSUER: issuer } = readEnvironment(["TOKEN_ISSUER"], environment);
  const names = (["TOKEN_PUBLIC_KEY", "TOKEN_JWKS_URL"] as const).filter((name) => environment[name]);
  const [name] = names;
  if (name === undefined || names.length > 1) {
    throw new EnvironmentError(
      `Expected the environment to have one of TOKEN_PUBLIC_KEY and TOKEN_JWKS_URL, got ${name ? "both" : "neither"}. ` +
        "The Pulumi program declares them with the function: see infra/.",
    );
  }
  const { [name]: value } = readEnvironment([name], environment);
  if (name === "TOKEN_PUBLIC_KEY") return { issuer, publicKeyPem: value };
  const { protocol, hostname } = new URL(value);
  // Whoever sits on the way could answer with keys of their own.
  if (protocol !== "https:" && !(protocol === "http:" && LOOPBACK.includes(hostname))) {
    throw new EnvironmentError(`Expected TOKEN_JWKS_URL to begin with https://, got ${value}.`);
  }
  return { issuer, jwksUrl: value };
}
