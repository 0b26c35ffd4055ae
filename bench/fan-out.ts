import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { WebSocket, WebSocketServer } from "ws";
import { type LocalStack, startStack } from "#emulator/stack.ts";

/*
 * Measures the latency from the POST of a price to the first, median, 99th percentile and last of N watchers,
 * through the whole local stack, with a plain `ws` server as baseline. Everything runs on one machine, so
 * compare ratios, not milliseconds.
 */
const { values: options } = parseArgs({
  options: {
    watchers: { type: "string", default: "1,100,1000" },
    runs: { type: "string", default: "5" },
    posts: { type: "string", default: "20" },
  },
});
const RUNS = Number(options.runs);
const POSTS = Number(options.posts);

/** Delivery latencies of one publish, in milliseconds. */
interface Latencies {
  readonly first: number;
  readonly median: number;
  readonly p99: number;
  readonly last: number;
}

/** A server whose connected sockets all watch one ticker. */
interface Feed extends AsyncDisposable {
  /** Publishes once and waits until every socket has received the price. */
  publish(): Promise<Latencies>;
}

function summarize(latenciesMs: readonly number[]): Latencies {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { first: sorted[0] ?? Number.NaN, median: at(0.5), p99: at(0.99), last: at(1) };
}

/** Waits until each socket has received a message that `matches`. */
async function nextMessages(
  sockets: readonly WebSocket[],
  startedMs: number,
  matches: (text: string) => boolean,
) {
  const latencies = sockets.map(
    (socket) =>
      new Promise<number>((resolve) => {
        const onMessage = (data: Buffer) => {
          if (!matches(data.toString())) return;
          socket.off("message", onMessage);
          resolve(performance.now() - startedMs);
        };
        socket.on("message", onMessage);
      }),
  );
  return summarize(await Promise.all(latencies));
}

async function openSockets(count: number, url: string, origin?: string): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  // In batches, because the listen backlog of the server is limited.
  for (let from = 0; from < count; from += 50) {
    const batch = Array.from(
      { length: Math.min(50, count - from) },
      () => new WebSocket(url, origin ? { origin } : {}),
    );
    await Promise.all(batch.map((socket) => once(socket, "open")));
    sockets.push(...batch);
  }
  return sockets;
}

async function openStackFeed(stack: LocalStack, count: number): Promise<Feed> {
  const { watchUrl, publishUrl, pageUrl } = stack.outputs as Record<string, string>;
  const ticker = `BENCH-${count}`;
  const sockets = await openSockets(count, watchUrl ?? "", pageUrl);
  for (const socket of sockets) {
    const response = once(socket, "message");
    socket.send(JSON.stringify({ action: "watch", tickers: [ticker] }));
    await response;
  }
  let price = 0;
  return {
    async publish() {
      price += 1;
      const startedMs = performance.now();
      const delivered = nextMessages(sockets, startedMs, (text) => text.includes(`"price":${price},`));
      const response = await fetch(publishUrl ?? "", {
        method: "POST",
        body: new URLSearchParams({ ticker, price: String(price) }),
      });
      if (response.status !== 200)
        throw new Error(`Expected 200, got ${response.status}: ${await response.text()}`);
      return await delivered;
    },
    async [Symbol.asyncDispose]() {
      await closeSockets(sockets);
    },
  };
}

async function openPlainFeed(count: number): Promise<Feed> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const sockets = await openSockets(count, `ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  let price = 0;
  return {
    async publish() {
      price += 1;
      const quote = { ticker: `BENCH-${count}`, price, version: price, at: new Date().toISOString() };
      const message = JSON.stringify({
        action: "quotes",
        "connection-id": "TkJq1cKoIAMCJ8g=",
        quotes: [quote],
      });
      const startedMs = performance.now();
      const delivered = nextMessages(sockets, startedMs, () => true);
      for (const client of server.clients) client.send(message);
      return await delivered;
    },
    async [Symbol.asyncDispose]() {
      await closeSockets(sockets);
      server.close();
    },
  };
}

async function closeSockets(sockets: readonly WebSocket[]): Promise<void> {
  await Promise.all(
    sockets.map((socket) => {
      const closed = once(socket, "close");
      socket.close();
      return closed;
    }),
  );
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/** Formats the median and range of the runs: `12.3 (11.9–14.0)`. */
function spread(numbers: readonly number[]): string {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return `${median(numbers).toFixed(1)} (${low.toFixed(1)}–${high.toFixed(1)})`;
}

/** Publishes {@link POSTS} times and returns the median of each latency. */
async function run(feed: Feed): Promise<Latencies> {
  const posts: Latencies[] = [];
  for (let post = 0; post < POSTS; post++) posts.push(await feed.publish());
  const pick = (key: keyof Latencies) => median(posts.map((latencies) => latencies[key]));
  return { first: pick("first"), median: pick("median"), p99: pick("p99"), last: pick("last") };
}

function printRow(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

/** The durations that the publish Lambda logs. */
function phases(
  stack: LocalStack,
  fromLine: number,
): Record<"graphWriteMs" | "graphReadMs" | "postsMs", number[]> {
  const entries = stack.logs
    .slice(fromLine)
    .filter(({ source, line }) => source === "publish" && line.includes('"Published"'))
    .map(({ line }) => JSON.parse(line));
  const pick = (key: string) => entries.map((entry) => entry[key] as number);
  return { graphWriteMs: pick("graphWriteMs"), graphReadMs: pick("graphReadMs"), postsMs: pick("postsMs") };
}

// Disables the stage throttles.
const config = {
  watchRateLimit: "1000000",
  watchBurstLimit: "1000000",
  publishRateLimit: "1000000",
  publishBurstLimit: "1000000",
};
process.stderr.write("Starting the stack …\n");
await using stack = await startStack({ config: { watchAccess: "open", publishAccess: "open", ...config } });
printRow(["watchers", "", "first ms", "median ms", "p99 ms", "last ms"]);
printRow(["---", "---", "---", "---", "---", "---"]);
const profile: string[][] = [];
for (const count of options.watchers.split(",").map(Number)) {
  process.stderr.write(`Connecting ${count} watchers …\n`);
  await using stackFeed = await openStackFeed(stack, count);
  await using plain = await openPlainFeed(count);
  // Warm-up: the first posts start processes and open connections.
  for (let post = 0; post < 5; post++) await stackFeed.publish();
  const fromLine = stack.logs.length;
  const results: { readonly stack: Latencies[]; readonly plain: Latencies[] } = { stack: [], plain: [] };
  for (let number = 1; number <= RUNS; number++) {
    process.stderr.write(`${count} watchers, run ${number} of ${RUNS} …\n`);
    results.stack.push(await run(stackFeed));
    results.plain.push(await run(plain));
  }
  for (const [name, runs] of Object.entries(results)) {
    const figure = (key: keyof Latencies) => spread(runs.map((latencies) => latencies[key]));
    printRow([
      String(count),
      name === "stack" ? "ticker-watch" : "plain ws",
      figure("first"),
      figure("median"),
      figure("p99"),
      figure("last"),
    ]);
  }
  const { graphWriteMs, graphReadMs, postsMs } = phases(stack, fromLine);
  profile.push([
    String(count),
    ...[graphWriteMs, graphReadMs, postsMs].map((times) => median(times).toFixed(1)),
  ]);
}
process.stdout.write("\n");
printRow(["watchers", "graph write ms", "graph read ms", "posts ms"]);
printRow(["---", "---", "---", "---"]);
for (const cells of profile) printRow(cells);
