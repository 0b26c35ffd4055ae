import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { signToken } from "#protocol/sign-token.ts";
import { PUBLISH_AUDIENCE } from "#protocol/token-audiences.ts";

const DAY_HOURS = 24;
const PUBLISH_TOKEN_DAYS = 365;
/** An `up` within the last days of the publish token makes a new one. */
const RENEWAL_DAYS = 60;

/** Whom the publish token names. */
const PUBLISHER = "publisher";

export interface TokensArgs {
  /** The `iss` of the tokens that are taken. */
  readonly issuer: string;
  /** Another issuer that signs them; without it the stack has a key of its own. */
  readonly outside: OutsideTokens | undefined;
}

/** The keys, claims and audiences of the tokens that another issuer signs. */
export interface OutsideTokens {
  /** The URL of its JSON Web Key Set. */
  readonly jwksUrl: string;
  readonly userClaim: string;
  readonly audienceClaim: string;
  readonly watchAudience: string;
  readonly publishAudience: string;
}

/** Whose tokens the stack takes: its own, which whoever holds the signing key makes, or those of another issuer. */
export class Tokens extends pulumi.ComponentResource {
  /** What verifies tokens reads this of its environment. */
  readonly verifier: Readonly<Record<string, pulumi.Input<string>>>;
  /** The same for a Lambda that reaches no other issuer: empty when there is one. */
  readonly ownVerifier: Readonly<Record<string, pulumi.Input<string>>>;
  readonly issuer: string;
  /** The claim that names the user, where another issuer signs the tokens. */
  readonly userClaim: string | undefined;
  /** Secret: a private key in PEM (PKCS #8), `undefined` when another issuer has it. No Lambda gets it. */
  readonly signingKey: pulumi.Output<string> | undefined;
  /** Secret: lets its holder publish for a year from the `up` that made it; `undefined` with another issuer. */
  readonly publishToken: pulumi.Output<string> | undefined;

  constructor(name: string, { issuer, outside }: TokensArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ticker-watch:infra:Tokens", name, {}, opts);
    this.issuer = issuer;
    this.userClaim = outside?.userClaim;
    if (outside !== undefined) {
      this.verifier = {
        TOKEN_ISSUER: issuer,
        TOKEN_JWKS_URL: outside.jwksUrl,
        TOKEN_USER_CLAIM: outside.userClaim,
        TOKEN_AUDIENCE_CLAIM: outside.audienceClaim,
        TOKEN_WATCH_AUDIENCE: outside.watchAudience,
        TOKEN_PUBLISH_AUDIENCE: outside.publishAudience,
      };
      this.ownVerifier = {};
      this.registerOutputs({});
      return;
    }

    const key = new tls.PrivateKey(name, { algorithm: "ED25519" }, { parent: this });
    // Nobody reads the certificate. It is the one resource that keeps two times in the state, and knows when to renew
    // them: a token with the times of each `up` would be another one with each.
    const period = new tls.SelfSignedCert(
      `${name}-publish-period`,
      {
        privateKeyPem: key.privateKeyPem,
        allowedUses: [],
        validityPeriodHours: PUBLISH_TOKEN_DAYS * DAY_HOURS,
        earlyRenewalHours: RENEWAL_DAYS * DAY_HOURS,
      },
      { parent: this },
    );
    const token = pulumi
      .all([key.privateKeyPemPkcs8, period.validityStartTime, period.validityEndTime])
      .apply(([signingKey, issuedAt, expiresAt]) =>
        signToken(signingKey, {
          issuer,
          audience: PUBLISH_AUDIENCE,
          subject: PUBLISHER,
          issuedAt: new Date(issuedAt),
          expiresAt: new Date(expiresAt),
        }),
      );

    this.ownVerifier = { TOKEN_ISSUER: issuer, TOKEN_PUBLIC_KEY: key.publicKeyPem };
    this.verifier = this.ownVerifier;
    this.signingKey = pulumi.secret(key.privateKeyPemPkcs8);
    this.publishToken = pulumi.secret(token);
    this.registerOutputs({ signingKey: this.signingKey, publishToken: this.publishToken });
  }
}
