import { defineConfig } from "vitest/config";
import { prepareEnvironment } from "#start/prepare-environment.ts";

// The processes of the tests inherit it.
prepareEnvironment();

/** What is polled for comes at once on an idle machine, and late on a busy one. */
const patience = { poll: { timeout: 20_000 } };
const slow = { testTimeout: 60_000, hookTimeout: 120_000, expect: patience };

/** Fast tests first: a group of projects starts when the one before it has ended. Not from 0 on, which means no order at all. */
const project = (name: string, groupOrder: number, include: string[], options: object = {}) => ({
  test: { name, include, exclude: ["**/*.browser.test.ts"], sequence: { groupOrder }, ...options },
});

export default defineConfig({
  test: {
    // Faults that a test makes on purpose are no news.
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
        expect: patience,
      }),
      project("graph", 2, ["test/contracts/**/*.test.ts"], slow),
      project("flows", 3, ["test/flows/**/*.test.ts"], slow),
      project("browser", 4, ["test/**/*.browser.test.ts"], { ...slow, exclude: [] }),
      project("engine", 5, ["test/engine/**/*.test.ts"], { ...slow, testTimeout: 120_000 }),
      // Most of its time it waits for what does not come.
      project("walk", 6, ["test/walk/**/*.test.ts"], { ...slow, maxWorkers: 2 }),
    ],
  },
});
