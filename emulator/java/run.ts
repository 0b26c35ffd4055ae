import { spawn } from "node:child_process";
import { once } from "node:events";
import { endWithParent, forEachLine, OWN_GROUP } from "../process/child-processes.ts";

export interface Run {
  readonly exitCode: number | null;
  /** What it printed, standard output and error together. */
  readonly lines: readonly string[];
}

/**
 * What a program of the machine printed, and its exit code; `undefined` when there is no such program on PATH.
 *
 * @throws Error when it is there but cannot be run.
 */
export async function run(command: string, args: readonly string[]): Promise<Run | undefined> {
  const child = spawn(command, args, OWN_GROUP);
  endWithParent(child);
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
