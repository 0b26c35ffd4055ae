import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { WebSocket, WebSocketServer } from "ws";
import { type LocalStack, startStack } from "../local/stack.ts";

/*
 * How long a price takes from the POST to the first, the median, the 99th percentile and the last of N watchers, through
 * the whole local stack, beside a bare `ws` server that sends the same message to as many sockets of the same process in
 * the same run. All on one machine that also runs the graph, so the ratios say more than the milliseconds.
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

/** Milliseconds from the start of one publish until it reached so many of its watchers. */
interface Arrivals {
  readonly first: number;
  readonly median: number;
  readonly p99: number;
  readonly last: number;
}

/** A feed with sockets that all watch one ticker. */
interface Feed extends AsyncDisposable {
  /** Publishes once, and gives when each socket heard of it. */
  publish(): Promise<Arrivals>;
}

function summarize(arrivalsMs: readonly number[]): Arrivals {
  const sorted = arrivalsMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { first: sorted[0] ?? Number.NaN, median: at(0.5), p99: at(0.99), last: at(1) };
}

/** Resolves with the times at which each socket got its next message that `counts`. */
async function nextMessages(
  sockets: readonly WebSocket[],
  startedMs: number,
  counts: (text: string) => boolean,
) {
  const arrivals = sockets.map(
    (socket) =>
      new Promise<number>((resolve) => {
        const onMessage = (data: Buffer) => {
          if (!counts(data.toString())) return;
          socket.off("message", onMessage);
          resolve(performance.now() - startedMs);
        };
        socket.on("message", onMessage);
      }),
  );
  return summarize(await Promise.all(arrivals));
}

async function openSockets(count: number, url: string, origin?: string): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  // In lots: API Gateway takes in 500 a second, and a machine's backlog of connects is short.
  for (let from = 0; from < count; from += 50) {
    const lot = Array.from(
      { length: Math.min(50, count - from) },
      () => new WebSocket(url, origin ? { origin } : {}),
    );
    await Promise.all(lot.map((socket) => once(socket, "open")));
    sockets.push(...lot);
  }
  return sockets;
}

async function openStackFeed(stack: LocalStack, count: number): Promise<Feed> {
  const { watchUrl, publishUrl, pageUrl } = stack.outputs as Record<string, string>;
  const ticker = `BENCH-${count}`;
  const sockets = await openSockets(count, watchUrl ?? "", pageUrl);
  for (const socket of sockets) {
    const answered = once(socket, "message");
    socket.send(JSON.stringify({ action: "watch", tickers: [ticker] }));
    await answered;
  }
  let price = 0;
  return {
    async publish() {
      price += 1;
      const startedMs = performance.now();
      const heard = nextMessages(sockets, startedMs, (text) => text.includes(`"price":${price},`));
      const response = await fetch(publishUrl ?? "", {
        method: "POST",
        body: new URLSearchParams({ ticker, price: String(price) }),
      });
      if (response.status !== 200)
        throw new Error(`Expected 200, got ${response.status}: ${await response.text()}`);
      return await heard;
    },
    async [Symbol.asyncDispose]() {
      await closeSockets(sockets);
    },
  };
}

async function openBareFeed(count: number): Promise<Feed> {
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
      const heard = nextMessages(sockets, startedMs, () => true);
      for (const client of server.clients) client.send(message);
      return await heard;
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

/** `12.3 (11.9–14.0)`: the median of the runs, and their spread. */
function spread(numbers: readonly number[]): string {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return `${median(numbers).toFixed(1)} (${low.toFixed(1)}–${high.toFixed(1)})`;
}

/** The median of each figure over the posts of one run. */
async function run(feed: Feed): Promise<Arrivals> {
  const posts: Arrivals[] = [];
  for (let post = 0; post < POSTS; post++) posts.push(await feed.publish());
  const pick = (key: keyof Arrivals) => median(posts.map((arrivals) => arrivals[key]));
  return { first: pick("first"), median: pick("median"), p99: pick("p99"), last: pick("last") };
}

function printRow(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

/** What the publish Lambda itself says of where its time went, from its log. */
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

// The stage's own limits are not what is measured.
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
  await using whole = await openStackFeed(stack, count);
  await using bare = await openBareFeed(count);
  // Warm: the first posts start processes and connections.
  for (let post = 0; post < 5; post++) await whole.publish();
  const fromLine = stack.logs.length;
  const results: { readonly whole: Arrivals[]; readonly bare: Arrivals[] } = { whole: [], bare: [] };
  for (let number = 1; number <= RUNS; number++) {
    process.stderr.write(`${count} watchers, run ${number} of ${RUNS} …\n`);
    results.whole.push(await run(whole));
    results.bare.push(await run(bare));
  }
  for (const [name, runs] of Object.entries(results)) {
    const figure = (key: keyof Arrivals) => spread(runs.map((arrivals) => arrivals[key]));
    printRow([
      String(count),
      name === "whole" ? "the feed" : "bare ws",
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
