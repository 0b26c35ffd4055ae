import { execFileSync } from "node:child_process";
import { basename } from "node:path";

/** Whether a process with this id is running. Zombies do not count. */
export function isRunning(pid: number): boolean {
  try {
    const state = execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
    return !state.startsWith("Z");
  } catch {
    return false;
  }
}

/** The ids of the running children of `parent` with the program `name`. On macOS `comm` is the full path. */
export function childrenNamed(name: string, parent: number): number[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,comm="], { encoding: "utf8" });
  return table
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .filter(([, , ppid, command = ""]) => Number(ppid) === parent && basename(command.trim()) === name)
    .map(([, pid]) => Number(pid));
}
