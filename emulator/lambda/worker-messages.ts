/** What goes between a function's process (worker.ts) and function-process.ts. */

/** To the worker: serve one request. */
export interface InvokeMessage {
  readonly requestId: string;
  readonly invokedFunctionArn: string;
  readonly traceId: string;
  /** Milliseconds since 1970. */
  readonly deadlineMs: number;
  /** The event, in JSON. */
  readonly event: string;
}

export type WorkerMessage =
  | { readonly kind: "ready" }
  /** The handler's answer, in JSON. */
  | { readonly kind: "returned"; readonly payload: string }
  | {
      /** `ended`: the process takes no more requests, it is ending. */
      readonly kind: "failed" | "ended";
      readonly message: string;
      readonly errorType: string;
    };
