import type { Door } from "#emulator/iam/door.ts";

/** An auth proxy that admits every request, for tests of the service behind it. */
export const OPEN_DOOR: Door = {
  admit: async () => ({ admitted: true }),
  authorize: async () => ({ admitted: true }),
  identify() {
    throw new Error("Expected no call of identify in this test, got one. Use createDoor.");
  },
  usedStatements: () => [],
};
