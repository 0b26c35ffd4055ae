import { TickerWatchError } from "#protocol/errors.ts";
import { signToken, type TokenClaims } from "#protocol/sign-token.ts";
import { PUBLISH_AUDIENCE, WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import { CommandError, defineCommand, expectOneArg, readNumber } from "../command.ts";
import { findStack } from "../find-stack.ts";
import { readUserId } from "../names.ts";

const HOUR_MS = 60 * 60 * 1000;

/** 366 days. A token cannot be revoked before it expires, except by replacing the signing key. */
const MAX_HOURS = 8_784;

export const token = defineCommand({
  usage: "token USER [--publish] [--hours N]",
  summary: "Signs a token to watch or to publish",
  details: `Signs locally with the stack output signingKey. Standard output contains only the token; --silent suppresses
the output of npm:

  TOKEN=$(npm run --silent ticker -- token feed7 --publish --hours 24)
  curl -H "Authorization: Bearer $TOKEN" -d ticker=AAPL -d price=2400 "$publishUrl"

A single token cannot be revoked, so keep its lifetime short. To revoke all tokens, see docs/operating.md.`,
  options: {
    publish: { type: "boolean", default: false },
    hours: { type: "string", default: "12" },
  },
  optionsHelp: [
    "  --publish         for publishing instead of watching",
    "  --hours N         lifetime (default 12)",
  ],
  async run({ args, options, terminal }) {
    const subject = readUserId(expectOneArg(args, "a user id, such as user003"));
    const hours = readNumber(options.hours, { option: "hours", min: 0.1, max: MAX_HOURS, whole: false });
    const { signingKey, tokenIssuer, title } = await findStack(options);
    if (signingKey === undefined || tokenIssuer === undefined) {
      throw new CommandError(
        `Expected ${title} to have the outputs signingKey and tokenIssuer, got ${signingKey === undefined ? "no signingKey" : "no tokenIssuer"}. ` +
          "Its tokens have another issuer, or it was deployed from older sources.",
      );
    }
    const issuedAt = new Date();
    const claims: TokenClaims = {
      issuer: tokenIssuer,
      audience: options.publish ? PUBLISH_AUDIENCE : WATCH_AUDIENCE,
      subject,
      issuedAt,
      expiresAt: new Date(issuedAt.getTime() + hours * HOUR_MS),
    };
    try {
      terminal.print(await signToken(signingKey, claims));
    } catch (error) {
      if (!(error instanceof TickerWatchError)) throw error;
      throw new CommandError(error.message.replace("the private key", "the output signingKey"));
    }
  },
});
