import { spawn } from "node:child_process";
import { once } from "node:events";
import { forEachLine, killWithParent, OWN_GROUP } from "../process/child-processes.ts";

export interface Run {
  readonly exitCode: number | null;
  /** Standard output and standard error together. */
  readonly lines: readonly string[];
}

/**
 * The output and exit code of a program on PATH; `undefined` when PATH has no such program.
 * @throws {Error} when the program exists but cannot be run.
 */
export async function run(command: string, args: readonly string[]): Promise<Run | undefined> {
  const child = spawn(command, args, OWN_GROUP);
  killWithParent(child);
  child.stdin.end();
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) forEachLine(stream, (line) => lines.push(line));
  try {
    const [exitCode] = (await once(child, "close")) as [number | null];
    return { exitCode, lines };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
