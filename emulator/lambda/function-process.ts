import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { forEachLine, killGroup, killWithParent, OWN_GROUP } from "../process/child-processes.ts";
import { createEnvironment, createLogStreamName, createTraceHeader } from "./function-environment.ts";
import type { FunctionModel, FunctionResult } from "./function-model.ts";
import type { InvokeMessage, WorkerMessage } from "./worker-messages.ts";

type Failure = Extract<FunctionResult, { outcome: "failed" }>;

export interface FunctionProcessOptions {
  /** Takes what the function prints, and how it died: one line, without its end. */
  readonly onLog: (line: string) => void;
  /** How long loading the function may take, in milliseconds. */
  readonly initTimeoutMs: number;
}

const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));

/**
 * Keeps worker.ts without its types, and the bundles compiled: a process is there after 25 ms instead of 62, with 45 MB
 * instead of 61.
 */
const COMPILE_CACHE = fileURLToPath(
  new URL("../../node_modules/.cache/ticker-watch/compiled", import.meta.url),
);

/** Go's words for signals, in which Lambda speaks of them. */
const SIGNALS: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: "killed",
  SIGABRT: "aborted",
  SIGTERM: "terminated",
  SIGSEGV: "segmentation fault",
};

/** One process of a function, which serves one request at a time: the caller waits for the end of the last one. */
export class FunctionProcess {
  readonly #model: FunctionModel;
  readonly #onLog: (line: string) => void;
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<Failure | undefined>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #initTimer: NodeJS.Timeout;
  #requestId: string | undefined;
  #settle: (result: FunctionResult) => void = () => {};
  /** Why the process is ending or has ended. */
  #cause: Failure | undefined;

  constructor(model: FunctionModel, { onLog, initTimeoutMs }: FunctionProcessOptions) {
    this.#model = model;
    this.#onLog = onLog;
    // The argument is for those who look at a list of processes.
    this.#child = fork(WORKER, [model.name], {
      ...OWN_GROUP,
      cwd: model.codeDirectory,
      env: {
        ...createEnvironment(model, createLogStreamName(model.version)),
        NODE_COMPILE_CACHE: COMPILE_CACHE,
      },
      // Nine tenths: the share that Lambda's Node runtimes have given the heap.
      execArgv: [`--max-old-space-size=${Math.floor(model.memoryMb * 0.9)}`],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    killWithParent(this.#child);
    for (const stream of [this.#child.stdout, this.#child.stderr]) if (stream) forEachLine(stream, onLog);
    this.#child.on("message", (message: WorkerMessage) => this.#hear(message));
    this.#child.once("error", ({ message }) => {
      this.#cause ??= this.#failure("Runtime.ExitError", `Runtime could not be started: ${message}`);
    });
    // What the function started would keep its output open; on Lambda it goes with the environment.
    this.#child.once("exit", () => killGroup(this.#child));
    this.#child.once("close", (code, signal) => this.#close(code, signal));
    this.#initTimer = this.#endAfter(initTimeoutMs, "Initialization timed out");
  }

  /** Whether it can take another request, once the last one has ended. */
  get usable(): boolean {
    return this.#cause === undefined && this.#child.connected;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves when the process has ended and all that it printed has been logged. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** What came of handing `event` (JSON) to the handler. Waits for the function to be initialized first. */
  async invoke(event: string, invokedFunctionArn: string): Promise<FunctionResult> {
    const requestId = randomUUID();
    this.#requestId = requestId;
    const failedInit = await this.#ready.promise;
    const result = failedInit ?? (await this.#serve({ requestId, event, invokedFunctionArn }));
    this.#requestId = undefined;
    return result;
  }

  /** Ends the process at once; a request that it serves fails. */
  async stop(): Promise<void> {
    this.#cause ??= { outcome: "failed", message: `Function ${this.#model.name} is closed` };
    killGroup(this.#child);
    await this.#ended.promise;
  }

  async #serve(request: Omit<InvokeMessage, "traceId" | "deadlineMs">): Promise<FunctionResult> {
    const timeoutMs = this.#model.timeoutSeconds * 1000;
    const timer = this.#endAfter(timeoutMs, "Task timed out");
    const { promise, resolve } = Promise.withResolvers<FunctionResult>();
    this.#settle = resolve;
    const message: InvokeMessage = {
      ...request,
      traceId: createTraceHeader(),
      deadlineMs: Date.now() + timeoutMs,
    };
    // A process that has just died cannot be told; its end settles the request.
    if (this.#child.connected) this.#child.send(message, () => {});
    const result = await promise;
    clearTimeout(timer);
    return result;
  }

  #hear(message: WorkerMessage): void {
    // Whatever it still says while it is ending comes too late.
    if (this.#cause) return;
    if (message.kind === "ready") {
      clearTimeout(this.#initTimer);
      this.#ready.resolve(undefined);
    } else if (message.kind === "returned") {
      this.#settle({ outcome: "returned", payload: JSON.parse(message.payload) });
    } else {
      const { errorType, message: text } = message;
      const failure: Failure = { outcome: "failed", message: text, errorType };
      if (message.kind === "failed") this.#settle(failure);
      else this.#cause = failure;
    }
  }

  #close(code: number | null, signal: NodeJS.Signals | null): void {
    clearTimeout(this.#initTimer);
    this.#cause ??= this.#failure("Runtime.ExitError", exitWords(code, signal));
    this.#ready.resolve(this.#cause);
    this.#settle(this.#cause);
    this.#ended.resolve();
  }

  #endAfter(limitMs: number, words: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.#cause ??= this.#failure(
        "Sandbox.Timedout",
        `${words} after ${(limitMs / 1000).toFixed(2)} seconds`,
      );
      killGroup(this.#child);
    }, limitMs);
  }

  /** What Lambda itself, not the function, says of a request: it names the request, and it is in the log. */
  #failure(errorType: string, words: string): Failure {
    const message = `${this.#requestId ? `RequestId: ${this.#requestId} ` : ""}Error: ${words}`;
    this.#onLog(message);
    return { outcome: "failed", message, errorType };
  }
}

function exitWords(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal) return `Runtime exited with error: signal: ${SIGNALS[signal] ?? signal}`;
  if (code === 0) return "Runtime exited without providing a reason";
  return `Runtime exited with error: exit status ${code}`;
}
