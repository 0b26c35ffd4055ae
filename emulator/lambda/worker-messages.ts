/** Messages between function-process.ts and the function process (worker.ts). */

/** Requests one invocation from the worker. */
export interface InvokeMessage {
  readonly requestId: string;
  readonly invokedFunctionArn: string;
  readonly traceId: string;
  /** Milliseconds since 1970. */
  readonly deadlineMs: number;
  /** JSON. */
  readonly event: string;
}

export type WorkerMessage =
  | { readonly kind: "ready" }
  /** `payload` is JSON. */
  | { readonly kind: "returned"; readonly payload: string }
  | {
      /** `ended`: the process is exiting and accepts no more requests. */
      readonly kind: "failed" | "ended";
      readonly message: string;
      readonly errorType: string;
    };
