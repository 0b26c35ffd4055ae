import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { Inbox } from "../page/inbox.ts";

// A process starts in half a second, and in many times that while others have the machine.
vi.setConfig({ testTimeout: 30_000 });

const MAIN = join(import.meta.dirname, "../../operator/main.ts");

/** Nothing of the machine's AWS configuration, and no colours but those that the program chooses. */
const ENVIRONMENT = { TZ: "UTC", AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null" };

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  /** Of standard output, as they come. */
  readonly lines: Inbox<string>;
  readonly ended: Promise<Ended>;
}

/** The program as `npm run ticker` starts it, its streams piped. */
export function startOperator(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Running {
  const env = { PATH: process.env["PATH"], ...ENVIRONMENT, ...environment };
  const child = spawn(process.execPath, [MAIN, ...words], { env });
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

/** Runs it to its end, with nobody at standard input. */
export async function runOperator(
  words: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<Ended> {
  const { child, ended } = startOperator(words, environment);
  child.stdin.end();
  return await ended;
}
