import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ManualClock } from "../../local/clock.ts";
import { readRoles } from "../../local/permissions/read-roles.ts";
import { readConfiguration } from "../../local/program/configuration.ts";
import type { DeclaredProgram } from "../../local/program/declared.ts";
import { evaluateProgram } from "../../local/program/evaluate.ts";
import { type Servers, startServers } from "../../local/servers.ts";
import { type LocalStack, startStack } from "../../local/stack.ts";
import { PATIENCE_MS } from "../flows/clients.ts";
import { PROBES } from "./probes.ts";
import type { Removal } from "./removals.ts";

const PROJECT = join(import.meta.dirname, "..", "..");
const configuration = await readConfiguration(PROJECT, "dev", { directWatchers: "1" });

/** This project's program. */
export const program = await evaluateProgram(PROJECT, configuration);

/** What is looked for in vain is looked for this long. A machine too slow for it misses what is needless, and fails nothing. */
const SHORT_MS = 3_000;

let runs = 0;

/** The first probe that fails with this program, or that it does not start at all; `undefined` when it lacks nothing. */
async function findFailure(
  declared: DeclaredProgram,
  servers: Servers,
  { functions, isToFail = false }: { readonly functions?: readonly string[]; readonly isToFail?: boolean },
  onDone: (stack: LocalStack) => void = () => {},
): Promise<string | undefined> {
  runs += 1;
  const run = runs;
  const clock = new ManualClock();
  try {
    await using stack = await startStack({ program: declared, servers, clock });
    for (const probe of PROBES) {
      if (functions && !probe.functions.some((name) => functions.includes(name))) continue;
      try {
        await probe.run({ stack, clock, run, patienceMs: isToFail ? SHORT_MS : PATIENCE_MS });
      } catch (error) {
        return `${probe.title}: ${error instanceof Error ? error.message : error}`;
      }
    }
    onDone(stack);
    return undefined;
  } catch (error) {
    return `It does not start: ${error instanceof Error ? error.message : error}`;
  }
}

/**
 * Tests that the program does all that it is probed for, and that without any one of `removals` it does not.
 * @param survivors what may go without anybody noticing, each with the reason why it is there.
 */
export function walk(removals: readonly Removal[], survivors: Readonly<Record<string, string>>): void {
  let servers: Servers;
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "ticker-watch-walk-"));
    servers = await startServers({ directory, region: configuration.region });
  });
  afterAll(async () => {
    await servers[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  test("with all that is declared, everything is done, and each statement of each role lets somebody in", async () => {
    const used = new Set<string>();
    const failure = await findFailure(program, servers, {}, ({ access }) => {
      for (const { role, statement } of access.usedStatements()) used.add(`${role} ${statement}`);
    });
    const declared = readRoles(program).flatMap(({ logicalName, statements }) =>
      statements.map((_, index) => `${logicalName} ${index}`),
    );
    expect(failure).toBe(undefined);
    expect([...used].sort()).toEqual(declared.sort());
  });

  test("each exception is something that is declared", () => {
    const titles = removals.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    expect(Object.keys(survivors).filter((title) => !titles.includes(title))).toEqual([]);
  });

  test.each(removals.map((removal) => [removal.title, removal] as const))(
    "without %s something is not done, unless that is said to be so",
    async (title, removal) => {
      const { functions } = removal;
      const isToFail = !(title in survivors);
      const failure = await findFailure(removal.program, servers, { functions, isToFail });
      if (!isToFail) expect(failure).toBe(undefined);
      else expect(failure).toEqual(expect.any(String));
    },
  );
}
