import type { AuthProxy } from "#emulator/iam/auth-proxy.ts";

/** An auth proxy that admits every request, for tests of the service behind it. */
export const ALLOW_ALL: AuthProxy = {
  authorizeRequest: async () => ({ allowed: true }),
  authorize: async () => ({ allowed: true }),
  authenticate() {
    throw new Error("Expected no call of authenticate in this test, got one. Use createAuthProxy.");
  },
  usedStatements: () => [],
};
