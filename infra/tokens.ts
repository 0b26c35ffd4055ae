import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { signToken } from "#protocol/sign-token.ts";
import { PUBLISH_AUDIENCE } from "#protocol/token-audiences.ts";

const DAY_HOURS = 24;
const PUBLISH_TOKEN_DAYS = 365;
/** `pulumi up` renews the publish token when it expires within these days. */
const RENEWAL_DAYS = 60;

/** Subject (`sub`) of the publish token. */
const PUBLISHER = "publisher";

export interface TokensArgs {
  /** Accepted `iss` of tokens. */
  readonly issuer: string;
  /** External issuer. @default tokens are signed with a key of this stack */
  readonly external: ExternalTokens | undefined;
}

/** Keys, claims and audiences of an external token issuer. */
export interface ExternalTokens {
  /** URL of the JSON Web Key Set. */
  readonly jwksUrl: string;
  readonly userClaim: string;
  readonly audienceClaim: string;
  readonly watchAudience: string;
  readonly publishAudience: string;
}

/** Token issuer: the signing key and publish token of this stack, or the settings of an external issuer. */
export class Tokens extends pulumi.ComponentResource {
  /** Environment variables of the Lambda authorizer. */
  readonly verifier: Readonly<Record<string, pulumi.Input<string>>>;
  /** Environment variables of a Lambda in the VPC; empty with an external issuer, which it cannot reach. */
  readonly ownVerifier: Readonly<Record<string, pulumi.Input<string>>>;
  readonly issuer: string;
  /** Claim with the user id; `undefined` without an external issuer. */
  readonly userClaim: string | undefined;
  /** Secret: private key in PEM (PKCS #8); `undefined` with an external issuer. No Lambda receives it. */
  readonly signingKey: pulumi.Output<string> | undefined;
  /** Secret: bearer token for publishing, valid for a year; `undefined` with an external issuer. */
  readonly publishToken: pulumi.Output<string> | undefined;

  constructor(name: string, { issuer, external }: TokensArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ticker-watch:infra:Tokens", name, {}, opts);
    this.issuer = issuer;
    this.userClaim = external?.userClaim;
    if (external !== undefined) {
      this.verifier = {
        TOKEN_ISSUER: issuer,
        TOKEN_JWKS_URL: external.jwksUrl,
        TOKEN_USER_CLAIM: external.userClaim,
        TOKEN_AUDIENCE_CLAIM: external.audienceClaim,
        TOKEN_WATCH_AUDIENCE: external.watchAudience,
        TOKEN_PUBLISH_AUDIENCE: external.publishAudience,
      };
      this.ownVerifier = {};
      this.registerOutputs({});
      return;
    }

    const key = new tls.PrivateKey(name, { algorithm: "ED25519" }, { parent: this });
    // Only its validity period is used: it keeps issue and expiry time in the state and renews both in time.
    // Current times would create a different token with every `up`.
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
