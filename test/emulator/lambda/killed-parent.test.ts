/** The watchdog of function processes. Does not prove it on Windows, which has no shell for the watchdog. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { forEachLine } from "#emulator/process/child-processes.ts";
import { isRunning } from "#support/processes.ts";

test("after kill -9 of the parent, a function in an endless loop and its child processes exit", async () => {
  const script = fileURLToPath(new URL("fixtures/busy-parent.ts", import.meta.url));
  const parent = fork(script, { stdio: ["ignore", "pipe", "inherit", "ipc"], execArgv: [] });
  onTestFinished(() => void parent.kill("SIGKILL"));
  const line = await new Promise<string>((resolve) => {
    if (parent.stdout) forEachLine(parent.stdout, resolve);
  });
  const { pid, started, codeDirectory } = JSON.parse(line) as Record<"pid" | "started", number> & {
    codeDirectory: string;
  };
  onTestFinished(() => rmSync(codeDirectory, { recursive: true }));
  expect([isRunning(pid), isRunning(started)]).toEqual([true, true]);

  parent.kill("SIGKILL");
  await once(parent, "exit");
  await vi.waitFor(() => expect([isRunning(pid), isRunning(started)]).toEqual([false, false]), 3_000);
});
