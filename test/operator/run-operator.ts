import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { onTestFinished, vi } from "vitest";
import { runCommand } from "#operator/run-command.ts";
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
  const { lines, push } = collectLines();
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    push(text);
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

export interface RunningInProcess extends Pick<Running, "lines" | "ended"> {
  /** Does what SIGINT does to a process. */
  interrupt(): void;
}

/**
 * Starts the command line in this process with piped streams, much faster than {@link startOperator}.
 * Does not cover `main.ts`: signals, closed pipes and the exit code of the process.
 */
export function startInProcess(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): RunningInProcess {
  for (const [name, value] of Object.entries({ ...ENVIRONMENT, ...environment })) vi.stubEnv(name, value);
  const { lines, push } = collectLines();
  let stdout = "";
  let stderr = "";
  const end = Promise.withResolvers<void>();
  const stdin = new PassThrough();
  stdin.end();
  const ended = runCommand(args, {
    stdin,
    stdout: writableTo((text) => {
      stdout += text;
      push(text);
    }),
    stderr: writableTo((text) => {
      stderr += text;
    }),
    listenForEndSignal: () => ({ received: end.promise, [Symbol.dispose]() {} }),
  }).then((code) => ({ code, stdout, stderr }));
  onTestFinished(async () => {
    end.resolve();
    await ended;
    vi.unstubAllEnvs();
  });
  return { lines, ended, interrupt: end.resolve };
}

/** Runs the command line in this process until it returns. */
export async function runInProcess(
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<Ended> {
  return await startInProcess(args, environment).ended;
}

function collectLines() {
  const lines = new Inbox<string>();
  let rest = "";
  const push = (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) lines.push(part);
  };
  return { lines, push };
}

function writableTo(onText: (text: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write(text, _encoding, callback) {
      onText(String(text));
      callback();
    },
  });
}
