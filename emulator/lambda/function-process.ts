import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { forEachLine, killGroup, killWithParent, OWN_GROUP } from "../process/child-processes.ts";
import { createEnvironment, createLogStreamName, createTraceHeader } from "./function-environment.ts";
import type { FunctionModel, FunctionResult } from "./function-model.ts";
import type { InvokeMessage, WorkerMessage } from "./worker-messages.ts";

type Failure = Extract<FunctionResult, { outcome: "failed" }>;

export interface FunctionProcessOptions {
  /** Called with each line of function output, and with the cause when the process fails. */
  readonly onLog: (line: string) => void;
  /** Maximum initialization time, in milliseconds. */
  readonly initTimeoutMs: number;
}

const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));

/** Cache of compiled code: a process starts in 25 instead of 62 ms and uses 45 instead of 61 MB. */
const COMPILE_CACHE = fileURLToPath(
  new URL("../../node_modules/.cache/ticker-watch/compiled", import.meta.url),
);

/** Signal names of Go, as in Lambda error messages. */
const SIGNALS: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: "killed",
  SIGABRT: "aborted",
  SIGTERM: "terminated",
  SIGSEGV: "segmentation fault",
};

/** One process of a function. The caller must wait for a request to finish before it sends the next one. */
export class FunctionProcess {
  readonly #model: FunctionModel;
  readonly #onLog: (line: string) => void;
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<Failure | undefined>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #initTimer: NodeJS.Timeout;
  #requestId: string | undefined;
  #settle: (result: FunctionResult) => void = () => {};
  /** The reason why the process is exiting or has exited. */
  #cause: Failure | undefined;

  constructor(model: FunctionModel, { onLog, initTimeoutMs }: FunctionProcessOptions) {
    this.#model = model;
    this.#onLog = onLog;
    // The argument identifies the function in process lists.
    this.#child = fork(WORKER, [model.name], {
      ...OWN_GROUP,
      cwd: model.codeDirectory,
      env: {
        ...createEnvironment(model, createLogStreamName(model.version)),
        NODE_COMPILE_CACHE: COMPILE_CACHE,
      },
      // 90 %, as in the Node.js runtimes of Lambda.
      execArgv: [`--max-old-space-size=${Math.floor(model.memoryMb * 0.9)}`],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    killWithParent(this.#child);
    for (const stream of [this.#child.stdout, this.#child.stderr]) if (stream) forEachLine(stream, onLog);
    this.#child.on("message", (message: WorkerMessage) => this.#handleMessage(message));
    this.#child.once("error", ({ message }) => {
      this.#cause ??= this.#failure("Runtime.ExitError", `Runtime could not be started: ${message}`);
    });
    // Child processes of the function would keep its output open.
    this.#child.once("exit", () => killGroup(this.#child));
    this.#child.once("close", (code, signal) => this.#close(code, signal));
    this.#initTimer = this.#killAfter(initTimeoutMs, "Initialization timed out");
  }

  /** Whether the process can handle another request after the current one. */
  get usable(): boolean {
    return this.#cause === undefined && this.#child.connected;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves when the process has exited and its output has been logged. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** The result of the handler for `event`, which is JSON. Waits for the initialization first. */
  async invoke(event: string, invokedFunctionArn: string): Promise<FunctionResult> {
    const requestId = randomUUID();
    this.#requestId = requestId;
    const failedInit = await this.#ready.promise;
    const result = failedInit ?? (await this.#serve({ requestId, event, invokedFunctionArn }));
    this.#requestId = undefined;
    return result;
  }

  /** Kills the process; the current request fails. */
  async stop(): Promise<void> {
    this.#cause ??= { outcome: "failed", message: `Function ${this.#model.name} is closed` };
    killGroup(this.#child);
    await this.#ended.promise;
  }

  async #serve(request: Omit<InvokeMessage, "traceId" | "deadlineMs">): Promise<FunctionResult> {
    const timeoutMs = this.#model.timeoutSeconds * 1000;
    const timer = this.#killAfter(timeoutMs, "Task timed out");
    const { promise, resolve } = Promise.withResolvers<FunctionResult>();
    this.#settle = resolve;
    const message: InvokeMessage = {
      ...request,
      traceId: createTraceHeader(),
      deadlineMs: Date.now() + timeoutMs,
    };
    // If the process has exited, its "close" event settles the request.
    if (this.#child.connected) this.#child.send(message, () => {});
    const result = await promise;
    clearTimeout(timer);
    return result;
  }

  #handleMessage(message: WorkerMessage): void {
    // The process is already exiting.
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
    this.#cause ??= this.#failure("Runtime.ExitError", describeExit(code, signal));
    this.#ready.resolve(this.#cause);
    this.#settle(this.#cause);
    this.#ended.resolve();
  }

  #killAfter(limitMs: number, reason: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.#cause ??= this.#failure(
        "Sandbox.Timedout",
        `${reason} after ${(limitMs / 1000).toFixed(2)} seconds`,
      );
      killGroup(this.#child);
    }, limitMs);
  }

  /** Logs and returns an error of Lambda itself, which contains the request id. */
  #failure(errorType: string, reason: string): Failure {
    const message = `${this.#requestId ? `RequestId: ${this.#requestId} ` : ""}Error: ${reason}`;
    this.#onLog(message);
    return { outcome: "failed", message, errorType };
  }
}

function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal) return `Runtime exited with error: signal: ${SIGNALS[signal] ?? signal}`;
  if (code === 0) return "Runtime exited without providing a reason";
  return `Runtime exited with error: exit status ${code}`;
}
