import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ManualClock } from "#emulator/clock.ts";
import { readRoles } from "#emulator/iam/read-roles.ts";
import { readConfiguration } from "#emulator/program/configuration.ts";
import type { DeclaredProgram } from "#emulator/program/declared.ts";
import { evaluateProgram } from "#emulator/program/evaluate.ts";
import { type Servers, startServers } from "#emulator/servers.ts";
import { type LocalStack, startStack } from "#emulator/stack.ts";
import { RECEIVE_TIMEOUT_MS } from "#support/clients.ts";
import { PROBES } from "./probes.ts";
import type { Removal } from "./removals.ts";

const PROJECT = join(import.meta.dirname, "..", "..");
const configuration = await readConfiguration(PROJECT, "dev", { directWatchers: "1" });

/** The program of this project, with `directWatchers` 1. */
export const program = await evaluateProgram(PROJECT, configuration);

/** The probe timeout if a probe must fail. On a slow machine it can hide an unnecessary declaration. */
const REMOVAL_TIMEOUT_MS = 3_000;

let runs = 0;

/** The first failing probe or the start-up error; `undefined` if all probes pass. */
async function findFailure(
  declared: DeclaredProgram,
  servers: Servers,
  { functions, mustFail = false }: { readonly functions?: readonly string[]; readonly mustFail?: boolean },
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
        await probe.run({ stack, clock, run, timeoutMs: mustFail ? REMOVAL_TIMEOUT_MS : RECEIVE_TIMEOUT_MS });
      } catch (error) {
        return `${probe.title}: ${error instanceof Error ? error.message : error}`;
      }
    }
    onDone(stack);
    return undefined;
  } catch (error) {
    return `Start failed: ${error instanceof Error ? error.message : error}`;
  }
}

/**
 * Declares the mutation tests: the complete program passes all probes, and each of `removals` makes one fail.
 * @param survivors titles of removals that no probe detects, each with the reason for the declaration.
 */
export function testRemovals(
  removals: readonly Removal[],
  survivors: Readonly<Record<string, string>>,
): void {
  let servers: Servers;
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "ticker-watch-removals-"));
    servers = await startServers({ directory, region: configuration.region });
  });
  afterAll(async () => {
    await servers[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  test("the complete program passes all probes and uses every statement of every role", async () => {
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

  test("removal titles are unique, and every survivor is one of them", () => {
    const titles = removals.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    expect(Object.keys(survivors).filter((title) => !titles.includes(title))).toEqual([]);
  });

  test.each(removals.map((removal) => [removal.title, removal] as const))(
    "removing %s makes a probe fail, unless listed as a survivor",
    async (title, removal) => {
      const { functions } = removal;
      const mustFail = !(title in survivors);
      const failure = await findFailure(removal.program, servers, { functions, mustFail });
      if (!mustFail) expect(failure).toBe(undefined);
      else expect(failure).toEqual(expect.any(String));
    },
  );
}
