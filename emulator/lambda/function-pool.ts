import { serializeEvent } from "./event-json.ts";
import { rejectReservedVariables } from "./function-environment.ts";
import type { FunctionModel, FunctionResult } from "./function-model.ts";
import { FunctionProcess, type FunctionProcessOptions } from "./function-process.ts";

export interface FunctionPoolOptions extends Pick<FunctionProcessOptions, "onLog"> {
  /**
   * Maximum number of processes, of about 70 MB each; further requests wait in order.
   * @default 4
   */
  readonly maxProcesses?: number;
  /**
   * Maximum initialization time, in milliseconds.
   * @default 10_000, as on Lambda
   */
  readonly initTimeoutMs?: number;
}

interface PendingInvocation {
  readonly event: string;
  readonly invokedFunctionArn: string;
  readonly resolve: (result: FunctionResult) => void;
}

/**
 * Runs one function in separate processes, one request at a time in each, as Lambda does. Unlike Lambda, it
 * limits the number of processes, does not freeze them between requests, and limits only the JavaScript heap.
 */
export class FunctionPool implements AsyncDisposable {
  readonly #model: FunctionModel;
  readonly #options: Required<FunctionPoolOptions>;
  readonly #processes = new Set<FunctionProcess>();
  readonly #idle: FunctionProcess[] = [];
  readonly #waiting: PendingInvocation[] = [];
  #closed = false;

  /** @throws {Error} when `model` declares reserved variables. */
  constructor(model: FunctionModel, options: FunctionPoolOptions) {
    rejectReservedVariables(model);
    this.#model = model;
    this.#options = { maxProcesses: 4, initTimeoutMs: 10_000, ...options };
  }

  /** Process ids of the running processes. */
  get pids(): readonly number[] {
    return [...this.#processes].flatMap(({ pid }) => pid ?? []);
  }

  /**
   * The result of an invocation with `event`, which is passed as JSON.
   * @param invokedFunctionArn for the handler context, with the qualifier of the caller.
   * @throws {TypeError} when `event` cannot be serialized (circular reference, BigInt).
   */
  async invoke(event: unknown, invokedFunctionArn: string = this.#model.arn): Promise<FunctionResult> {
    const json = serializeEvent(event);
    if (this.#closed) return this.#closedResult();
    return await new Promise((resolve) => {
      this.#waiting.push({ event: json, invokedFunctionArn, resolve });
      this.#dispatch();
    });
  }

  /** Kills all processes and waits until they have exited. Running and waiting requests fail. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve(this.#closedResult());
    await Promise.all([...this.#processes].map((process) => process.stop()));
  }

  #closedResult(): FunctionResult {
    return { outcome: "failed", message: `Function ${this.#model.name} is closed` };
  }

  #dispatch(): void {
    while (this.#waiting.length > 0 && !this.#closed) {
      const process = this.#takeIdle() ?? this.#start();
      const request = process && this.#waiting.shift();
      if (!request) return;
      void this.#serve(process, request);
    }
  }

  /** The most recently used idle process that is still usable. */
  #takeIdle(): FunctionProcess | undefined {
    for (;;) {
      const process = this.#idle.pop();
      if (!process || process.usable) return process;
    }
  }

  #start(): FunctionProcess | undefined {
    if (this.#processes.size >= this.#options.maxProcesses) return undefined;
    const process = new FunctionProcess(this.#model, this.#options);
    this.#processes.add(process);
    void process.ended.then(() => {
      this.#processes.delete(process);
      this.#dispatch();
    });
    return process;
  }

  async #serve(
    process: FunctionProcess,
    { event, invokedFunctionArn, resolve }: PendingInvocation,
  ): Promise<void> {
    const result = await process.invoke(event, invokedFunctionArn);
    this.#idle.push(process);
    resolve(result);
    this.#dispatch();
  }
}
