import { serializeEvent } from "./event-text.ts";
import { rejectReservedVariables } from "./function-environment.ts";
import type { FunctionModel, FunctionResult } from "./function-model.ts";
import { FunctionProcess, type FunctionProcessOptions } from "./function-process.ts";

export interface FunctionPoolOptions extends Pick<FunctionProcessOptions, "onLog"> {
  /** How many processes may run at once; further requests wait, first come first served. Default 4, some 70 MB each. */
  readonly maxProcesses?: number;
  /** How long loading the function may take, in milliseconds. Default 10,000, Lambda's own. */
  readonly initTimeoutMs?: number;
}

interface Request {
  readonly event: string;
  readonly invokedFunctionArn: string;
  readonly resolve: (result: FunctionResult) => void;
}

/**
 * Runs one function as Lambda does: in processes of its own, each with the declared environment and nothing of ours,
 * each serving one request at a time. Unlike Lambda it caps their number, does not freeze them between requests, and
 * limits the JavaScript heap, not the memory.
 */
export class FunctionPool implements AsyncDisposable {
  readonly #model: FunctionModel;
  readonly #options: Required<FunctionPoolOptions>;
  readonly #processes = new Set<FunctionProcess>();
  readonly #idle: FunctionProcess[] = [];
  readonly #waiting: Request[] = [];
  #closed = false;

  /** @throws Error when `model` declares a variable that Lambda reserves. */
  constructor(model: FunctionModel, options: FunctionPoolOptions) {
    rejectReservedVariables(model);
    this.#model = model;
    this.#options = { maxProcesses: 4, initTimeoutMs: 10_000, ...options };
  }

  /** The ids of the processes that run now. */
  get pids(): readonly number[] {
    return [...this.#processes].flatMap(({ pid }) => pid ?? []);
  }

  /**
   * What came of handing `event` to the function, by way of JSON. `invokedFunctionArn` is what the handler's context
   * says, with the qualifier of the caller; default the model's ARN.
   *
   * @throws TypeError when `event` has no JSON (a circle, a BigInt).
   */
  async invoke(event: unknown, invokedFunctionArn: string = this.#model.arn): Promise<FunctionResult> {
    const json = serializeEvent(event);
    if (this.#closed) return this.#closedResult();
    return await new Promise((resolve) => {
      this.#waiting.push({ event: json, invokedFunctionArn, resolve });
      this.#dispatch();
    });
  }

  /** Kills all processes and waits for their end. Requests that run or wait fail. */
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

  /** The process that was used last, of those that live. */
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

  async #serve(process: FunctionProcess, { event, invokedFunctionArn, resolve }: Request): Promise<void> {
    const result = await process.invoke(event, invokedFunctionArn);
    this.#idle.push(process);
    resolve(result);
    this.#dispatch();
  }
}
