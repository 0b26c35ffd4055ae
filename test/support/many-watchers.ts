import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { ListQueuesCommand, SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { closeServer, listenOnLoopback } from "#emulator/apigateway/loopback-server.ts";
import { startStack } from "#emulator/stack.ts";
import type { Ticker } from "#protocol/quote.ts";
import { openQueues, publish } from "./clients.ts";
import { openGraph } from "./graph.ts";
import { seedWatchers } from "./seed.ts";

/** Result of a publish to many watchers. */
export interface ManyDelivered {
  /** The response to the publish. */
  readonly answer: unknown;
  /** Watchers that received at least one post. */
  readonly reached: number;
  /** Posts beyond the first to the same watcher, caused by redelivered queue messages. */
  readonly duplicates: number;
  /** Peak memory of the publish Lambda process in MB: `VmHWM` of Linux, NaN elsewhere. */
  readonly publishPeakMb: number;
  /** From the publish to its response. */
  readonly answeredMs: number;
  /** From the publish to the first post to the last watcher. */
  readonly lastDeliveryMs: number;
}

export interface ManyWatchersOptions {
  /** Called after each post with the number of posts so far. */
  readonly onPost?: (posts: number, kill: (functionName: string) => void) => void;
  readonly config?: Readonly<Record<string, string>>;
}

/**
 * Publishes one price to `count` watchers of one ticker through the local stack. The watchers are
 * connections in the graph without sockets; a post counter replaces `@connections`.
 */
export async function publishToMany(
  count: number,
  { onPost = () => {}, config = {} }: ManyWatchersOptions = {},
): Promise<ManyDelivered> {
  const reached = new Set<string>();
  let posts = 0;
  const lastDelivery = Promise.withResolvers<number>();
  await using counter = await openPostCounter((connectionId) => {
    posts += 1;
    reached.add(connectionId);
    if (reached.size === count) lastDelivery.resolve(performance.now());
    onPost(posts, kill);
  });
  // A small semi-space makes V8 collect garbage early, so that the peak shows live memory.
  const NODE_OPTIONS = "--enable-source-maps --max-semi-space-size=4";
  const environment = { CONNECTIONS_URL: counter.url, NODE_OPTIONS };
  await using stack = await startStack({ config, environment });
  const kill = (functionName: string) => {
    for (const pid of stack.processes(functionName)) process.kill(pid, "SIGKILL");
  };

  // Messages that a killed Lambda held are redelivered after seconds instead of minutes.
  const sqs = openQueues(stack);
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  for (const QueueUrl of QueueUrls) {
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "10" } }));
  }
  await using graph = openGraph(stack.graph);
  await seedWatchers(graph.client, "POPULAR" as Ticker, count);

  // Warm-up: the measured publish does not start the Lambda process.
  await publish(stack, "ticker=WARM-UP&price=1");
  const startedMs = performance.now();
  const answer = await publish(stack, "ticker=POPULAR&price=2400");
  const answeredMs = performance.now() - startedMs;
  const publishPeakMb = Math.max(...stack.processes("publish").map(peakMb));
  const lastDeliveryMs = (await lastDelivery.promise) - startedMs;
  return {
    answer,
    reached: reached.size,
    duplicates: posts - reached.size,
    publishPeakMb,
    answeredMs,
    lastDeliveryMs,
  };
}

export interface PostCounter extends AsyncDisposable {
  readonly url: string;
}

/** A replacement for `@connections`: calls `onPost` with the connection id of each post and returns 200. */
export async function openPostCounter(onPost: (connectionId: string) => void): Promise<PostCounter> {
  const server = createServer((request, response) => {
    request.resume().once("end", () => {
      response.writeHead(200).end();
      onPost(decodeURIComponent(request.url?.split("/").at(-1) ?? ""));
    });
  });
  const port = await listenOnLoopback(server);
  return {
    url: `http://127.0.0.1:${port}/development`,
    [Symbol.asyncDispose]: () => closeServer(server),
  };
}

function peakMb(pid: number): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return Number.NaN;
  const [, kb = "NaN"] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(file, "utf8")) ?? [];
  return Math.round(Number(kb) / 1024);
}
