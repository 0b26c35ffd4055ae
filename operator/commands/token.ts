import { TickerWatchError } from "#protocol/errors.ts";
import { signToken, type TokenClaims } from "#protocol/sign-token.ts";
import { PUBLISH_AUDIENCE, WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import { CommandError, defineCommand, onlyWord, readNumber } from "../command.ts";
import { findStack } from "../find-stack.ts";
import { readUserId } from "../names.ts";
import { print } from "../terminal.ts";

const HOUR_MS = 60 * 60 * 1000;

/** A year. Whoever holds a token keeps it until it ends: only a new signing key ends it, with all others. */
const MAX_HOURS = 8_784;

export const token = defineCommand({
  usage: "token USER [--publish] [--hours N]",
  summary: "Signs a token that lets a user watch, or publish",
  details: `Signed on this machine with the stack's output signingKey. Nothing but the token goes to standard output; npm's own lines
are kept away with --silent:

  TOKEN=$(npm run --silent ticker -- token feed7 --publish --hours 24)
  curl -H "Authorization: Bearer $TOKEN" -d ticker=AAPL -d price=2400 "$publishUrl"

A token holds until it ends, and no single one can be taken back: give it few hours. docs/operating.md says how to end all.`,
  options: {
    publish: { type: "boolean", default: false },
    hours: { type: "string", default: "12" },
  },
  optionsHelp: [
    "  --publish         lets its bearer publish, not watch",
    "  --hours N         how long it holds; 12 unless given",
  ],
  async run({ words, options }) {
    const subject = readUserId(onlyWord(words, "a user, such as user003"));
    const hours = readNumber(options.hours, { option: "hours", min: 0.1, max: MAX_HOURS, whole: false });
    const { signingKey, tokenIssuer, title } = await findStack(options);
    if (signingKey === undefined || tokenIssuer === undefined) {
      throw new CommandError(
        `Expected ${title} to have the outputs signingKey and tokenIssuer, got ${signingKey === undefined ? "no signingKey" : "no tokenIssuer"}. ` +
          "Its tokens are signed elsewhere, or it was deployed from older sources.",
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
      print(await signToken(signingKey, claims));
    } catch (error) {
      if (!(error instanceof TickerWatchError)) throw error;
      throw new CommandError(error.message.replace("the private key", "the output signingKey"));
    }
  },
});
