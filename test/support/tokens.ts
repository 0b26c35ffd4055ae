import type { LocalStack } from "#emulator/stack.ts";
import { signToken } from "#protocol/sign-token.ts";
import { type Audience, PUBLISH_AUDIENCE, WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import { output } from "./output.ts";

const HOUR_MS = 60 * 60 * 1000;

/** A token of `user`, valid for one hour, signed with the key of the stack. */
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

/** The WebSocket subprotocols with which a browser sends its token. */
export const protocolsWith = (token: string): string[] => ["ticker-watch", token];

/** The request header with a valid publish token. */
export const asPublisher = async (stack: LocalStack): Promise<{ readonly authorization: string }> => ({
  authorization: `Bearer ${await mintToken(stack, "publisher", PUBLISH_AUDIENCE)}`,
});
