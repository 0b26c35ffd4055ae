import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { ListQueuesCommand, SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { closeServer, listenOnLoopback } from "#emulator/apigateway/loopback-server.ts";
import { startStack } from "#emulator/stack.ts";
import type { Ticker } from "#protocol/quote.ts";
import { openQueues, publish } from "./clients.ts";
import { openGraph } from "./graph.ts";
import { seedWatchers } from "./seed.ts";

/** What came of a publish to many watchers. */
export interface ManyTold {
  /** The answer of the publish. */
  readonly answer: unknown;
  /** Watchers told, each counted once. */
  readonly told: number;
  /** Posts beyond the first to the same watcher: of pages that came again. */
  readonly again: number;
  /** The most memory that the publish Lambda's process ever held, in MB: `VmHWM` of Linux. */
  readonly publishPeakMb: number;
  /** From the post until its answer. */
  readonly answeredMs: number;
  /** From the post until the last watcher was told. */
  readonly allToldMs: number;
}

export interface ManyWatchersOptions {
  /** Called with the number of posts so far, after each. */
  readonly onPost?: (posts: number, kill: (functionName: string) => void) => void;
  readonly config?: Readonly<Record<string, string>>;
}

/**
 * Publishes one price to `count` watchers of one ticker: connections in the graph, with a door in the place of `@connections`
 * that only counts. Everything between is the product's, through the local stack.
 */
export async function publishToMany(
  count: number,
  { onPost = () => {}, config = {} }: ManyWatchersOptions = {},
): Promise<ManyTold> {
  const told = new Set<string>();
  let posts = 0;
  const allTold = Promise.withResolvers<number>();
  await using door = await openDoor((connectionId) => {
    posts += 1;
    told.add(connectionId);
    if (told.size === count) allTold.resolve(performance.now());
    onPost(posts, kill);
  });
  // So that the peak shows what is held: left alone, V8 lets garbage grow with the work rather than collect it.
  const NODE_OPTIONS = "--enable-source-maps --max-semi-space-size=4";
  const environment = { CONNECTIONS_URL: door.url, NODE_OPTIONS };
  await using stack = await startStack({ config, environment });
  const kill = (functionName: string) => {
    for (const pid of stack.processes(functionName)) process.kill(pid, "SIGKILL");
  };

  // What a killed Lambda held is handed out again after seconds instead of minutes.
  const sqs = openQueues(stack);
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  for (const QueueUrl of QueueUrls) {
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "10" } }));
  }
  await using graph = openGraph(stack.graph);
  await seedWatchers(graph.client, "POPULAR" as Ticker, count);

  // Once for another ticker, so that the process is there: what is measured is not its start.
  await publish(stack, "ticker=WARM-UP&price=1");
  const startedMs = performance.now();
  const answer = await publish(stack, "ticker=POPULAR&price=2400");
  const answeredMs = performance.now() - startedMs;
  const publishPeakMb = Math.max(...stack.processes("publish").map(peakMb));
  const allToldMs = (await allTold.promise) - startedMs;
  return { answer, told: told.size, again: posts - told.size, publishPeakMb, answeredMs, allToldMs };
}

export interface Door extends AsyncDisposable {
  readonly url: string;
}

/** A door in the place of `@connections` that only calls back with whom a post was for. */
export async function openDoor(onPost: (connectionId: string) => void): Promise<Door> {
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
