import { defineConfig } from "vitest/config";
import { prepareEnvironment } from "#start/prepare-environment.ts";

// Test processes inherit this environment.
prepareEnvironment();

/** Polled conditions hold at once on an idle machine and late on a busy one. */
const expectTimeouts = { poll: { timeout: 20_000 } };
const slow = { testTimeout: 60_000, hookTimeout: 120_000, expect: expectTimeouts };

/** Fast tests first: a group starts when the previous one has ended. Group 0 has no order, so groups start at 1. */
const project = (name: string, groupOrder: number, include: string[], options: object = {}) => ({
  test: { name, include, exclude: ["**/*.browser.test.ts"], sequence: { groupOrder }, ...options },
});

export default defineConfig({
  test: {
    // Hides errors that tests provoke.
    env: { POWERTOOLS_LOG_LEVEL: "SILENT" },
    // Off by default; `--coverage` turns it on. Files that no test imports count as uncovered.
    coverage: {
      include: ["**/*.ts"],
      exclude: ["{bench,examples,test}/**", "*.config.ts"],
      reporter: ["text-summary", "json-summary"],
    },
    projects: [
      project("unit", 1, ["test/{protocol,client,lambdas,infra,emulator,start,page,operator}/**/*.test.ts"], {
        testTimeout: 20_000,
        expect: expectTimeouts,
      }),
      project("graph", 2, ["test/contracts/**/*.test.ts"], slow),
      project("flows", 3, ["test/flows/**/*.test.ts"], slow),
      project("browser", 4, ["test/**/*.browser.test.ts"], { ...slow, exclude: [] }),
      project("engine", 5, ["test/engine/**/*.test.ts"], { ...slow, testTimeout: 120_000 }),
      // Mostly waits for timeouts, so two workers do not slow each other down.
      project("mutation", 6, ["test/mutation/**/*.test.ts"], { ...slow, maxWorkers: 2 }),
    ],
  },
});
