import type { Door } from "../../../local/permissions/door.ts";

/** A door that everybody may pass, for tests of what is behind it. */
export const OPEN_DOOR: Door = {
  admit: async () => ({ admitted: true }),
  authorize: async () => ({ admitted: true }),
  identify() {
    throw new Error("Nobody is asked who they are here.");
  },
  usedStatements: () => [],
};
