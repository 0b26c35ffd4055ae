import { execFileSync } from "node:child_process";

/** Whether a process with this id runs. One that has ended but that nobody has asked after (a zombie) does not. */
export function isRunning(pid: number): boolean {
  try {
    const state = execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
    return !state.startsWith("Z");
  } catch {
    return false;
  }
}

/** The ids of the processes named `name` that the process `parent` has started and that run. */
export function childrenNamed(name: string, parent: number): number[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,comm="], { encoding: "utf8" });
  return table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, ppid, command]) => Number(ppid) === parent && command === name)
    .map(([pid]) => Number(pid));
}
