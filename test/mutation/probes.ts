import { once } from "node:events";
import {
  ApiGatewayManagementApiClient,
  GetConnectionCommand,
  GoneException,
  LimitExceededException,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { expect } from "vitest";
import { WebSocket } from "ws";
import type { ManualClock } from "#emulator/clock.ts";
import type { LocalStack } from "#emulator/stack.ts";
import type { Ticker } from "#protocol/quote.ts";
import {
  asOperator,
  broadcast,
  delivered,
  isPush,
  openQueues,
  publish,
  setBasket,
  Watcher,
} from "#support/clients.ts";
import { openGraph } from "#support/graph.ts";
import { output } from "#support/output.ts";
import { mintToken } from "#support/tokens.ts";

const HOUR_MS = 3_600_000;

export interface Feed {
  /** Has `directWatchers` 1. */
  readonly stack: LocalStack;
  readonly clock: ManualClock;
  /** The timeout of each wait of a probe. */
  readonly timeoutMs: number;
  /** Part of all names, because the runs share one graph. */
  readonly run: number;
}

/** An end-to-end check of one feature. */
export interface Probe {
  readonly title: string;
  /** The functions that the feature uses, by logical name. */
  readonly functions: readonly string[];
  /** @throws {Error} if the feature does not work. */
  readonly run: (feed: Feed) => Promise<void>;
}

const connect = ({ stack, timeoutMs }: Feed, user?: string) => Watcher.connect(stack, user, timeoutMs);
const poll = <T>({ timeoutMs }: Feed, read: () => T) =>
  expect.poll(read, { timeout: timeoutMs, interval: 25 });

/** Whether a log line of the function `source` contains `text`. */
const hasLogged = ({ stack }: Feed, source: string, text: string) =>
  stack.logs.some((entry) => entry.source === source && entry.line.includes(text));

export const PROBES: readonly Probe[] = [
  {
    title: "a published price reaches a watcher of its ticker",
    functions: ["authorize", "watch", "publish"],
    async run(feed) {
      const ticker = `ONE-${feed.run}`;
      await using watcher = await connect(feed);
      await watcher.watch(ticker);
      expect(await publish(feed.stack, `ticker=${ticker}&price=1`)).toEqual(delivered(1, 1));
      await watcher.frame(isPush);
      expect(await watcher.ask({ action: "unwatch", tickers: [ticker] })).toMatchObject({ watching: [] });
    },
  },
  {
    title: "messages return their answers, and invalid messages an error",
    functions: ["watch"],
    async run(feed) {
      await using watcher = await connect(feed, "ann");
      expect(await watcher.ask({ action: "ping", name: "x" })).toMatchObject({ action: "pong" });
      expect(await watcher.ask({ action: "sync" })).toMatchObject({ action: "quotes", watching: [] });
      expect(await watcher.ask({ action: "dance" })).toMatchObject({ code: "not-implemented" });
      expect(await watcher.ask({ action: "user", id: "bob" })).toMatchObject({ code: "unauthorized" });
    },
  },
  {
    title: "a request with a foreign origin returns 403",
    functions: ["publish"],
    async run({ stack }) {
      const origin = "https://elsewhere.example";
      const response = await fetch(output(stack, "publishUrl"), { headers: { origin } });
      expect([response.status, await response.text()]).toEqual([
        403,
        `foreign origin: expected ${output(stack, "pageUrl")}`,
      ]);
      const get = await fetch(output(stack, "publishUrl"));
      expect([get.status, await get.text()]).toEqual([400, "must use POST"]);
    },
  },
  {
    title: "a change of the watch list of a user reaches the other connection of the user",
    functions: ["watch"],
    async run(feed) {
      const user = `user-${feed.run}`;
      await using first = await connect(feed, user);
      await using second = await connect(feed, user);
      await first.ask({ action: "user", id: user });
      const token = await mintToken(feed.stack, user);
      expect(await second.ask({ action: "authorize", token })).toMatchObject({ action: "quotes" });
      expect(await first.ask({ action: "watch", tickers: ["LIST"] })).toMatchObject({ watching: ["LIST"] });
      await second.frame((frame) => "watching" in frame && frame.watching?.[0] === "LIST");
      await first.ask({ action: "unwatch", tickers: ["LIST"] });
    },
  },
  {
    title: "a message on a connection missing from the graph returns unknown-connection and closes it",
    functions: ["watch"],
    async run(feed) {
      await using graph = openGraph(feed.stack.graph);
      await using watcher = await connect(feed);
      await graph.subscriptions.deleteConnection(await watcher.watch("LOST"));
      expect(await watcher.ask({ action: "sync" })).toMatchObject({ code: "unknown-connection" });
      expect(await closeCode(feed, watcher)).toBe(1000);
    },
  },
  {
    title: "closing a connection deletes it from the graph",
    functions: ["watch"],
    async run(feed) {
      await using graph = openGraph(feed.stack.graph);
      const watcher = await connect(feed);
      const id = await watcher.watch("LEFT");
      await watcher[Symbol.asyncDispose]();
      await poll(feed, () => graph.subscriptions.isConnected(id)).toBe(false);
    },
  },
  {
    title: "a price and a notice above `directWatchers` reach all watchers through the queue",
    functions: ["publish", "notify"],
    async run(feed) {
      const ticker = `MANY-${feed.run}`;
      await using first = await connect(feed);
      await using second = await connect(feed);
      for (const watcher of [first, second]) await watcher.watch(ticker);
      expect(await publish(feed.stack, `ticker=${ticker}&price=1`)).toMatchObject({
        status: 200,
        body: { queued: 2 },
      });
      for (const watcher of [first, second]) await watcher.frame(isPush);
      expect(await broadcast(feed.stack, "hello")).toMatchObject({ status: 200 });
      for (const watcher of [first, second]) await watcher.frame(({ action }) => action === "notice");
    },
  },
  {
    title: "queue messages of other systems reach a connection, and all connections of a user",
    functions: ["notify"],
    async run(feed) {
      const user = `other-${feed.run}`;
      await using watcher = await connect(feed, user);
      const answer = await watcher.ask({ action: "user", id: user });
      const connectionId = answer.action === "quotes" ? answer["connection-id"] : "";
      for (const [queue, body] of [
        ["notifyConnectionQueueUrl", { connectionId, data: { action: "one" } }],
        ["notifyUserQueueUrl", { userId: user, data: { action: "all" } }],
      ] as const) {
        await send(feed, queue, JSON.stringify(body));
        await watcher.frame((frame) => (frame.action as string) === body.data.action);
      }
    },
  },
  {
    title: "a post that returns 410 deletes the connection from the graph",
    functions: ["notify", "publish"],
    async run(feed) {
      await using graph = openGraph(feed.stack.graph);
      const before = new Date(Date.now() - HOUR_MS);
      const ticker = "GONE" as Ticker;
      // Only recipients read from the graph are deleted: connections of a user and watchers of a ticker.
      for (const [index, notify] of [
        async (id: string) => {
          const userId = `gone-${feed.run}`;
          await graph.subscriptions.attach(id, userId, 1);
          await send(feed, "notifyUserQueueUrl", JSON.stringify({ userId, data: {} }));
        },
        async (id: string) => {
          const watches = { tickers: [ticker], baskets: [] };
          await graph.subscriptions.watch({ connectionId: id }, watches, { watches: 1, baskets: 1 });
          await publish(feed.stack, "ticker=GONE&price=1");
        },
      ].entries()) {
        const id = Buffer.from(`gone-${index}-${String(feed.run).padStart(4, "0")}`).toString("base64");
        await graph.subscriptions.connect({
          id,
          connectedAt: before,
          expiresAt: new Date(Date.now() + HOUR_MS),
        });
        await notify(id);
        await poll(feed, () => graph.subscriptions.isConnected(id)).toBe(false);
      }
    },
  },
  {
    title: "publish closes a connection that does not read",
    functions: ["publish"],
    async run(feed) {
      await using hanging = await hang(feed);
      const form = `ticker=HANG&price=1&connId=${encodeURIComponent(hanging.connectionId)}`;
      expect(await publish(feed.stack, form)).toMatchObject({ body: { closed: 1 } });
    },
  },
  {
    title: "notify closes a connection that does not read",
    functions: ["notify"],
    async run(feed) {
      await using hanging = await hang(feed);
      const { connectionId } = hanging;
      await send(feed, "notifyConnectionQueueUrl", JSON.stringify({ connectionId, data: {} }));
      await poll(feed, () => hanging.isGone()).toBe(true);
    },
  },
  {
    title: "watch closes and logs another connection of the user that does not read",
    functions: ["watch"],
    async run(feed) {
      const user = `hanging-${feed.run}`;
      await using hanging = await hang(feed, user);
      await using watcher = await connect(feed, user);
      await watcher.ask({ action: "user", id: user });
      await watcher.ask({ action: "watch", tickers: ["HANG"] });
      await poll(feed, () => hanging.isGone()).toBe(true);
      await poll(feed, () => hasLogged(feed, "watch", '"service":"watch"')).toBe(true);
    },
  },
  {
    title: "a basket change reaches its watchers, directly and through the queue",
    functions: ["operate"],
    async run(feed) {
      const basket = `basket-${feed.run}`;
      await using first = await connect(feed);
      await first.ask({ action: "watch", baskets: [basket] });
      expect(await setBasket(feed.stack, basket, "B-A")).toMatchObject({ delivered: 1 });
      await first.frame(isPush);
      await using second = await connect(feed);
      await second.ask({ action: "watch", baskets: [basket] });
      expect(await setBasket(feed.stack, basket, "B-B")).toMatchObject({ queued: 2 });
      await second.frame(isPush);
    },
  },
  {
    title: "the operation forget closes and deletes a connection",
    functions: ["operate"],
    async run(feed) {
      await using watcher = await connect(feed);
      const connectionId = await watcher.watch("ENDED");
      expect(await operate(feed, { operation: "forget", connectionId })).toEqual({
        closed: true,
        forgotten: true,
      });
      await closeCode(feed, watcher);
    },
  },
  {
    title: "each function logs its service name, and publish logs metrics",
    functions: ["authorize", "publish", "notify", "operate"],
    async run(feed) {
      const refused = new WebSocket(output(feed.stack, "watchUrl"), ["ticker-watch", "garbage"]);
      await expect(once(refused, "open")).rejects.toThrow("403");
      await publish(feed.stack, `ticker=LOG-${feed.run}&price=1`);
      await send(feed, "notifyUserQueueUrl", "no JSON");
      await setBasket(feed.stack, `log-${feed.run}`, "A");
      for (const name of ["authorize", "publish", "notify", "operate"]) {
        await poll(feed, () => hasLogged(feed, name, `"service":"${name}"`)).toBe(true);
      }
      await poll(feed, () => hasLogged(feed, "publish", '"Namespace":"ticker-watch"')).toBe(true);
    },
  },
  {
    title: "the sweep deletes expired connections without a $disconnect",
    functions: ["sweep"],
    async run(feed) {
      await using graph = openGraph(feed.stack.graph);
      const id = Buffer.from(`swept-${String(feed.run).padStart(5, "0")}`).toString("base64");
      const before = new Date(Date.now() - HOUR_MS);
      await graph.subscriptions.connect({ id, connectedAt: before, expiresAt: before });
      feed.clock.advance(HOUR_MS);
      await poll(feed, () => graph.subscriptions.isConnected(id)).toBe(false);
      await poll(feed, () => hasLogged(feed, "sweep", '"service":"sweep"')).toBe(true);
    },
  },
  {
    title: "no request is denied for a missing permission",
    functions: ["authorize", "watch", "publish", "notify", "sweep", "operate"],
    async run({ stack }) {
      expect(stack.logs.filter(({ source }) => source === "permissions")).toEqual([]);
    },
  },
];

async function closeCode({ timeoutMs }: Feed, watcher: Watcher): Promise<number> {
  const timeout = Promise.withResolvers<never>();
  const error = new Error(`Timed out after ${timeoutMs} ms waiting for the connection to close.`);
  const timer = setTimeout(() => timeout.reject(error), timeoutMs);
  return await Promise.race([watcher.closed, timeout.promise]).finally(() => clearTimeout(timer));
}

async function send({ stack }: Feed, queue: string, MessageBody: string): Promise<void> {
  const sqs = openQueues(stack);
  await sqs.send(new SendMessageCommand({ QueueUrl: output(stack, queue), MessageBody }));
  sqs.destroy();
}

async function operate({ stack }: Feed, operation: object): Promise<unknown> {
  const lambda = new LambdaClient({ ...asOperator(stack), endpoint: stack.endpoints.lambda });
  const { operate: FunctionName } = stack.outputs["functionNames"] as { readonly operate: string };
  const Payload = JSON.stringify(operation);
  const { Payload: answer } = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
  lambda.destroy();
  return JSON.parse(Buffer.from(answer ?? []).toString());
}

interface HangingConnection extends AsyncDisposable {
  readonly connectionId: string;
  /** Whether API Gateway returns 410 for the connection. */
  isGone(): Promise<boolean>;
}

/** Opens a connection that does not read and fills its send buffer. */
async function hang(feed: Feed, user?: string): Promise<HangingConnection> {
  const watcher = await connect(feed, user);
  const connectionId = await watcher.watch("HANG");
  if (user !== undefined) await watcher.ask({ action: "user", id: user });
  watcher.pause();
  const client = new ApiGatewayManagementApiClient({
    ...asOperator(feed.stack),
    endpoint: output(feed.stack, "connectionsUrl"),
    maxAttempts: 1,
  });
  const Data = JSON.stringify({ action: "filler", filler: "x".repeat(120_000) });
  const isFull = () =>
    client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data })).then(
      () => false,
      (error: unknown) => {
        if (error instanceof LimitExceededException) return true;
        throw error;
      },
    );
  // The kernel takes some more bytes after the first 429, and then a post would be delivered.
  for (let inARow = 0; inARow < 20; ) inARow = (await isFull()) ? inARow + 1 : 0;
  return {
    connectionId,
    isGone: () =>
      client.send(new GetConnectionCommand({ ConnectionId: connectionId })).then(
        () => false,
        (error: unknown) => error instanceof GoneException,
      ),
    async [Symbol.asyncDispose]() {
      client.destroy();
      watcher.terminate();
      await watcher.closed;
    },
  };
}
