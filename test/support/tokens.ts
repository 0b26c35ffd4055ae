import type { LocalStack } from "#emulator/stack.ts";
import { signToken } from "#protocol/sign-token.ts";
import { type Audience, PUBLISH_AUDIENCE, WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import { output } from "./output.ts";

const HOUR_MS = 60 * 60 * 1000;

/** A token of `user` that is good for an hour, made as the operator makes one. */
export async function mintToken(
  stack: LocalStack,
  user: string,
  audience: Audience = WATCH_AUDIENCE,
): Promise<string> {
  return await signToken(output(stack, "signingKey"), {
    issuer: output(stack, "tokenIssuer"),
    audience,
    subject: user,
    issuedAt: new Date(),
    expiresAt: new Date(Date.now() + HOUR_MS),
  });
}

/** What a browser offers to be let in with a token. */
export const protocolsWith = (token: string): string[] => ["ticker-watch", token];

/** The header that lets whoever sends it publish. */
export const asPublisher = async (stack: LocalStack): Promise<{ readonly authorization: string }> => ({
  authorization: `Bearer ${await mintToken(stack, "publisher", PUBLISH_AUDIENCE)}`,
});
