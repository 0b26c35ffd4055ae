import { type Audience, PUBLISH_AUDIENCE, WATCH_AUDIENCE } from "./token-audiences.ts";

/** Which claims of a token name its user and its audience, and what the audience has to be. */
export interface ClaimRules {
  /** A top-level claim: `https://example.com/user` is one key, not a path. */
  readonly userClaim: string;
  /** `aud`, or a claim that is a string, such as `client_id` of Amazon Cognito. */
  readonly audienceClaim: string;
  /** The value that stands for each audience. They differ, or a token to watch would let its user publish. */
  readonly audiences: Readonly<Record<Audience, string>>;
}

export const DEFAULT_USER_CLAIM = "sub";
export const DEFAULT_AUDIENCE_CLAIM = "aud";

/** The rules for the tokens that a stack signs itself. */
export const DEFAULT_CLAIM_RULES: ClaimRules = {
  userClaim: DEFAULT_USER_CLAIM,
  audienceClaim: DEFAULT_AUDIENCE_CLAIM,
  audiences: { [WATCH_AUDIENCE]: WATCH_AUDIENCE, [PUBLISH_AUDIENCE]: PUBLISH_AUDIENCE },
};
