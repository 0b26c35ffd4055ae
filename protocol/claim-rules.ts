import { type Audience, PUBLISH_AUDIENCE, WATCH_AUDIENCE } from "./token-audiences.ts";

/** The claims that hold the user and the audience of a token, and the required audiences. */
export interface ClaimRules {
  /** A top-level claim; `https://example.com/user` is one key, not a path. */
  readonly userClaim: string;
  /** `aud`, or a string claim such as `client_id` of Amazon Cognito. */
  readonly audienceClaim: string;
  /** The required value for each audience. They must differ, because a watch token would otherwise allow publishing. */
  readonly audiences: Readonly<Record<Audience, string>>;
}

export const DEFAULT_USER_CLAIM = "sub";
export const DEFAULT_AUDIENCE_CLAIM = "aud";

/** The rules for tokens signed with the key of the stack. */
export const DEFAULT_CLAIM_RULES: ClaimRules = {
  userClaim: DEFAULT_USER_CLAIM,
  audienceClaim: DEFAULT_AUDIENCE_CLAIM,
  audiences: { [WATCH_AUDIENCE]: WATCH_AUDIENCE, [PUBLISH_AUDIENCE]: PUBLISH_AUDIENCE },
};
