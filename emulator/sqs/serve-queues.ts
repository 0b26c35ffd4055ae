import type { InvocationResult } from "../apigateway/model.ts";
import type { Access } from "../iam/access.ts";
import type { DeclaredProgram } from "../program/declared.ts";
import type { DeclaredFunction } from "../program/read-functions.ts";
import { type DeclaredMapping, readMappings } from "../program/read-mappings.ts";
import { readQueues } from "../program/read-queues.ts";
import { ACCOUNT_ID } from "../program/synthesize-outputs.ts";
import { createQueues, deleteQueues } from "./create-queues.ts";
import type { ElasticMq } from "./elasticmq.ts";
import { pollQueue } from "./poll-queue.ts";
import { openQueueClient, openServerClient } from "./queue-client.ts";
import { serveQueueProxy } from "./queue-proxy.ts";

export interface ServeQueuesOptions {
  readonly region: string;
  readonly server: ElasticMq;
  readonly functions: readonly DeclaredFunction[];
  readonly access: Access;
  readonly invoke: (functionArn: string, event: unknown) => Promise<InvocationResult>;
  /** Logs one line for each failure between a queue and its function. */
  readonly report: (line: string) => void;
}

export interface ServedQueues extends AsyncDisposable {
  /** URL of the auth proxy: `http://127.0.0.1:{port}`. */
  readonly url: string;
  /** Starts polling, once the functions are deployed. Disposing the result stops it. */
  poll(): Disposable;
}

/**
 * The queues of the program in ElasticMQ behind an auth proxy, and the event source mappings that poll them.
 * @throws {Error} for unsupported queues and mappings.
 */
export async function serveQueues(
  program: DeclaredProgram,
  { region, server, functions, access, invoke, report }: ServeQueuesOptions,
): Promise<ServedQueues> {
  const queues = readQueues(program);
  const mappings = readMappings(program, functions);
  await using started = new AsyncDisposableStack();
  const creator = openServerClient(server, region);
  started.defer(() => creator.destroy());
  const urls = await createQueues(creator, queues);
  // ElasticMQ continues long polls of disconnected clients, which would receive messages of the next stack.
  started.defer(() => deleteQueues(creator, [...urls.values()]));
  const proxy = started.use(
    await serveQueueProxy({
      target: server,
      region,
      accountId: ACCOUNT_ID,
      authProxy: access.authProxy("sqs"),
    }),
  );

  const stopping = new AbortController();
  const { signal } = stopping;
  const polling: Promise<void>[] = [];
  const resources = started.move();
  resources.defer(async () => {
    stopping.abort();
    await Promise.all(polling);
  });
  return {
    url: proxy.url,
    poll() {
      for (const mapping of mappings) {
        const queueUrl = urls.get(mapping.queueArn) ?? "";
        const client = openQueueClient(proxy.url, region, access.credentialsOf(withoutQualifier(mapping)));
        resources.defer(() => client.destroy());
        polling.push(pollQueue(mapping, { client, queueUrl, invoke, report, signal }));
      }
      return { [Symbol.dispose]: () => stopping.abort() };
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Maps the SQS endpoints of the region, IPv4 and dual-stack, to the local URL. */
export function queueOrigins(region: string, url: string): readonly (readonly [string, string])[] {
  return [
    [`https://sqs.${region}.amazonaws.com`, url],
    [`https://sqs.${region}.api.aws`, url],
  ];
}

/** The function ARN of a mapping without alias or version. */
const withoutQualifier = ({ functionArn }: DeclaredMapping): string =>
  functionArn.split(":").slice(0, 7).join(":");
