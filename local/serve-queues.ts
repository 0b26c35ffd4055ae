import type { InvocationResult } from "./gateway/model.ts";
import type { DeclaredProgram } from "./program/declared.ts";
import { ACCOUNT_ID } from "./program/invent-outputs.ts";
import type { DeclaredFunction } from "./program/read-functions.ts";
import { readMappings } from "./program/read-mappings.ts";
import { readQueues } from "./program/read-queues.ts";
import { createQueues } from "./queues/create-queues.ts";
import { startElasticMq } from "./queues/elasticmq.ts";
import { pollQueue } from "./queues/poll-queue.ts";
import { openQueueClient } from "./queues/queue-client.ts";

export interface ServeQueuesOptions {
  readonly region: string;
  /** For ElasticMQ's configuration and log. */
  readonly directory: string;
  readonly functions: readonly DeclaredFunction[];
  readonly invoke: (functionArn: string, event: unknown) => Promise<InvocationResult>;
  /** Takes what goes wrong between a queue and its function: one line. */
  readonly report: (line: string) => void;
  readonly onProgress: (line: string) => void;
}

export interface ServedQueues extends AsyncDisposable {
  /** `http://127.0.0.1:{port}`. */
  readonly url: string;
  /** Resolves when ElasticMQ has ended, also by itself, to a clause that says how. */
  readonly exited: Promise<string>;
  /**
   * Begins to hand messages to functions: once there are functions to call. What it returns stops that, so that nobody calls
   * a function that is about to be gone.
   */
  poll(): Disposable;
}

/**
 * The queues of the program in a real ElasticMQ, and Lambda's polling of them.
 * @throws {Error} for what the program declares and this machine does not serve, or when ElasticMQ does not start.
 */
export async function serveQueues(
  program: DeclaredProgram,
  { region, directory, functions, invoke, report, onProgress }: ServeQueuesOptions,
): Promise<ServedQueues> {
  const queues = readQueues(program);
  const mappings = readMappings(program, functions);
  await using started = new AsyncDisposableStack();
  const server = started.use(await startElasticMq({ directory, region, accountId: ACCOUNT_ID, onProgress }));
  const client = openQueueClient(server.url, region);
  started.defer(() => client.destroy());
  const urls = await createQueues(client, queues);

  const stopping = new AbortController();
  const { signal } = stopping;
  const polling: Promise<void>[] = [];
  started.defer(async () => {
    stopping.abort();
    await Promise.all(polling);
  });
  const resources = started.move();
  return {
    url: server.url,
    exited: server.exited,
    poll() {
      for (const mapping of mappings) {
        const queueUrl = urls.get(mapping.queueArn) ?? "";
        polling.push(pollQueue(mapping, { client, queueUrl, invoke, report, signal }));
      }
      return { [Symbol.dispose]: () => stopping.abort() };
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Where SQS is reached on this machine instead: by its own name, and by its dual-stack one. */
export function queueOrigins(region: string, url: string): readonly (readonly [string, string])[] {
  return [
    [`https://sqs.${region}.amazonaws.com`, url],
    [`https://sqs.${region}.api.aws`, url],
  ];
}
