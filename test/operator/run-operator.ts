import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { Inbox } from "../page/inbox.ts";

// A process starts in half a second, and much slower on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const MAIN = join(import.meta.dirname, "../../operator/main.ts");

/** Excludes the AWS configuration of this machine. */
const ENVIRONMENT = { TZ: "UTC", AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null" };

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  /** Lines of standard output, as they arrive. */
  readonly lines: Inbox<string>;
  readonly ended: Promise<Ended>;
}

/** Starts the command line as a process with piped streams. */
export function startOperator(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Running {
  const env = { PATH: process.env["PATH"], ...ENVIRONMENT, ...environment };
  const child = spawn(process.execPath, [MAIN, ...args], { env });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = new Inbox<string>();
  let stdout = "";
  let stderr = "";
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) lines.push(part);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { child, lines, ended };
}

/** Runs the command line as a process with empty standard input until it exits. */
export async function runOperator(
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<Ended> {
  const { child, ended } = startOperator(args, environment);
  child.stdin.end();
  return await ended;
}
