import type { ClaimRules } from "#protocol/claim-rules.ts";
import { EnvironmentError } from "#protocol/errors.ts";
import { PUBLISH_AUDIENCE, WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import { readEnvironment } from "../environment.ts";
import type { TokenIssuer } from "./verify-token.ts";

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

const CLAIM_RULES = [
  "TOKEN_USER_CLAIM",
  "TOKEN_AUDIENCE_CLAIM",
  "TOKEN_WATCH_AUDIENCE",
  "TOKEN_PUBLISH_AUDIENCE",
] as const;

/**
 * The accepted token issuer: `TOKEN_ISSUER` with either `TOKEN_PUBLIC_KEY` (PEM) or `TOKEN_JWKS_URL`. The
 * latter also requires the variables of {@link CLAIM_RULES}.
 * @throws {EnvironmentError} when a variable is missing, both key and URL are set, the URL is plain HTTP
 *   outside of loopback, or both audiences are equal.
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
  // Over plain HTTP an attacker on the network could replace the keys.
  if (protocol !== "https:" && !(protocol === "http:" && LOOPBACK.includes(hostname))) {
    throw new EnvironmentError(`Expected TOKEN_JWKS_URL to begin with https://, got ${value}.`);
  }
  return { issuer, jwksUrl: value, claimRules: readClaimRules(environment) };
}

function readClaimRules(environment: Readonly<Record<string, string | undefined>>): ClaimRules {
  const rules = readEnvironment(CLAIM_RULES, environment);
  const { TOKEN_WATCH_AUDIENCE: watch, TOKEN_PUBLISH_AUDIENCE: publish } = rules;
  if (watch === publish) {
    throw new EnvironmentError(
      `Expected TOKEN_WATCH_AUDIENCE and TOKEN_PUBLISH_AUDIENCE to differ, got ${watch} for both. ` +
        "Otherwise a watch token would permit publishing.",
    );
  }
  return {
    userClaim: rules.TOKEN_USER_CLAIM,
    audienceClaim: rules.TOKEN_AUDIENCE_CLAIM,
    audiences: { [WATCH_AUDIENCE]: watch, [PUBLISH_AUDIENCE]: publish },
  };
}
