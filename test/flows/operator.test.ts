/* Each command of `npm run ticker` as a process of its own, on a stack that asks for tokens. What terminals see: test/operator. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { type LocalStack, startStack } from "#emulator/stack.ts";
import { claimRunDirectory, type RunDirectory } from "#start/run-directory.ts";
import { allIds } from "#support/all-ids.ts";
import { asOperator, isPush, publish, setBasket, Watcher } from "#support/clients.ts";
import { openGraph } from "#support/graph.ts";
import { output } from "#support/output.ts";
import { protocolsWith } from "#support/tokens.ts";
import { type Ended, runOperator, startOperator } from "../operator/run-operator.ts";

let stack: LocalStack;
let directory: string;
let run: RunDirectory;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "ticker-watch-operator-"));
  run = claimRunDirectory(directory);
  stack = await startStack({ directory });
  const { outputs, endpoints, region, credentials } = stack;
  run.writeOutputs({ ...outputs, endpoints, region, credentials });
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  run[Symbol.dispose]();
  await rm(directory, { recursive: true });
});

/** What a command ends with; times of today stand as `TIME`. */
async function ticker(...words: readonly string[]): Promise<Ended> {
  const { code, stdout, stderr } = await runOperator([...words, "--directory", directory]);
  return { code, stdout: stdout.replace(/\d\d:\d\d:\d\d/g, "[ TIME ]"), stderr };
}

const shown = (stdout: string): Ended => ({ code: 0, stdout, stderr: "" });
const refused = (code: number, stderr: string): Ended => ({ code, stdout: "", stderr });

/** The answer that a command gives for other programs. */
async function answerOf(...words: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await ticker(...words, "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

describe("what is published is seen", () => {
  test("prices tells of none, then of those that publish has published", async () => {
    expect(await ticker("prices")).toEqual({
      code: 0,
      stdout: "",
      stderr: "No prices yet. Publish one: npm run ticker -- publish AAPL=24.00\n",
    });
    expect(await ticker("publish", "aapl=24", "GOOG=313.5")).toEqual(
      shown("TICKER    PRICE\nAAPL     $24.00\nGOOG    $313.50\n\n2 prices published: 0 watchers\n"),
    );
    expect(await ticker("prices")).toEqual(
      shown("TICKER    PRICE  TIME\nAAPL     $24.00  [ TIME ]\nGOOG    $313.50  [ TIME ]\n"),
    );
    expect(await answerOf("publish", "AAPL=24.10")).toEqual({
      quotes: 1,
      watchers: 0,
      delivered: 0,
      gone: 0,
      closed: 0,
    });
  });

  test("watch shows the last price, and each that is published", async () => {
    await publish(stack, "ticker=SEEN&price=2400");
    const { child, lines, ended } = startOperator(["watch", "SEEN", "--json", "--directory", directory]);
    const at = expect.any(String);
    expect(JSON.parse(await lines.next())).toEqual({ ticker: "SEEN", price: 2_400, at });
    expect((await ticker("publish", "SEEN=23.50")).stdout).toContain(
      "1 price published: 1 watcher, 1 delivered\n",
    );
    expect(JSON.parse(await lines.next())).toEqual({ ticker: "SEEN", price: 2_350, change: -50, at });
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0, stderr: "Connecting…\nLive\n" });
  });

  test("watch --user shows what is on the user's list, and adds to it", async () => {
    await setBasket(stack, "DUO", "DUO-A", "DUO-B");
    const { child, lines, ended } = startOperator([
      ...["watch", "LISTED", "--basket", "DUO", "--user", "ann", "--directory", directory],
    ]);
    // Until then it may not be on the list yet.
    await expect.poll(async () => (await ticker("user", "ann")).code).toBe(0);
    await expect
      .poll(async () => (await publish(stack, "ticker=DUO-B&price=7")).body)
      .toMatchObject({
        watchers: 1,
      });
    expect(await lines.next()).toMatch(/^\d\d:\d\d:\d\d {2}DUO-B {12}\$0\.07 {2}–$/);
    child.kill("SIGINT");
    await ended;
    expect(await answerOf("user", "ann")).toMatchObject({
      tickers: ["LISTED"],
      baskets: [{ name: "DUO", tickers: ["DUO-A", "DUO-B"] }],
    });
  });
});

describe("who watches is seen", () => {
  test("watchers, connections and user name a connection, and forget ends it", async () => {
    // Those of the tests before end soon after their sockets.
    const none = { connections: [], total: 0 };
    await expect.poll(() => answerOf("connections")).toEqual(none);
    await using nora = await Watcher.connect(stack, "nora");
    await nora.ask({ action: "user", id: "nora" });
    const id = await nora.watch("NOTED");
    expect(await ticker("watchers", "noted")).toEqual(
      shown(`NOTED  no price yet  1 watcher\n\nCONNECTION        USER\n${id}  nora\n`),
    );
    expect(await ticker("connections")).toEqual(
      shown(
        `CONNECTION        USER  TICKERS  BASKETS  CONNECTED  EXPIRES\n${id}  nora        0        0  [ TIME ]   [ TIME ]\n\n1 connection\n`,
      ),
    );
    expect(await ticker("user", "nora")).toEqual(
      shown(
        `nora  changed [ TIME ]  1 ticker, 0 baskets, 1 connection\n\nTICKER         PRICE  TIME\nNOTED   no price yet\n\nCONNECTION\n${id}\n`,
      ),
    );
    expect(await ticker("forget", id)).toEqual(shown(`${id}  closed, deleted\n`));
    await nora.closed;
    expect(await answerOf("watchers", "NOTED")).toEqual({ ticker: "NOTED", watchers: 0, connections: [] });
    expect(await answerOf("connections")).toEqual(none);
  });

  test("basket says what is in a basket from then on, tells its watchers and shows it", async () => {
    await using watcher = await Watcher.connect(stack);
    await watcher.ask({ action: "watch", baskets: ["SHOWN"] });
    expect(await ticker("basket", "SHOWN")).toEqual(shown("SHOWN  never set  0 tickers, 1 watcher\n"));
    expect(await ticker("basket", "SHOWN", "=", "B-2", "b-1")).toEqual(
      shown("SHOWN  changed [ TIME ]  B-1 B-2\n1 watcher, 1 delivered\n"),
    );
    expect(await watcher.frame(isPush)).toMatchObject({
      baskets: [{ name: "SHOWN", version: expect.any(Number), tickers: ["B-1", "B-2"] }],
    });
    expect(await ticker("basket", "SHOWN")).toEqual(
      shown(
        "SHOWN  changed [ TIME ]  2 tickers, 1 watcher\n\nTICKER         PRICE  TIME\nB-1     no price yet\nB-2     no price yet\n",
      ),
    );
  });
});

describe("a token", () => {
  const tokenOf = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await runOperator(["token", ...words, "--directory", directory]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout.trimEnd();
  };

  const post = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const body = new URLSearchParams("ticker=POSTED&price=1");
    return (await fetch(output(stack, "publishUrl"), { method: "POST", headers, body })).status;
  };

  /** The status of a handshake that is refused, or who the user is that a connection may be. */
  const connect = async (token: string) => {
    const socket = new WebSocket(output(stack, "watchUrl"), protocolsWith(token));
    const refusal = new Promise<number | undefined>((resolve) => {
      socket.on("error", () => {});
      socket.once("unexpected-response", (_request, response) => resolve(response.statusCode));
    });
    const greeting = once(socket, "open").then(async () => {
      socket.send(JSON.stringify({ action: "user", id: "tess" }));
      const [frame] = await once(socket, "message");
      socket.close();
      return JSON.parse(String(frame)).user;
    });
    return await Promise.race([refusal, greeting.catch(() => refusal)]);
  };

  test("lets its user watch, and not publish", async () => {
    const token = await tokenOf("tess", "--hours", "1");
    expect([await connect(token), await post(token)]).toEqual([{ id: "tess", version: 0 }, 403]);
  });

  test("of --publish lets its bearer publish, and not watch", async () => {
    const token = await tokenOf("tess", "--publish");
    expect([await connect(token), await post(token)]).toEqual([403, 200]);
  });
});

test("what is not there, or makes no sense, is said on standard error", async () => {
  expect(await ticker("user", "nobody")).toEqual(refused(1, "There is no user nobody.\n"));
  expect(await ticker("basket", "NONE")).toEqual(refused(1, "There is no basket NONE.\n"));
  expect(await ticker("publish", "AAPL=1.234")).toEqual(
    refused(
      2,
      'Expected TICKER=DOLLARS with at most two decimals, such as AAPL=24.00, got "AAPL=1.234".\nSee: npm run ticker -- publish --help\n',
    ),
  );
});

test("load publishes to those who watch, and measures it", async () => {
  await using watcher = await Watcher.connect(stack);
  await watcher.watch("T0001");
  const { code, stdout } = await ticker("load", "--seconds", "2", "--tickers", "5", "--rate", "50", "--json");
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    {
      seconds: expect.any(Number),
      quotes: 100,
      posts: expect.any(Number),
      failures: 0,
      quotesPerSecond: expect.any(Number),
      p50Ms: expect.any(Number),
      p99Ms: expect.any(Number),
    },
  ]);
  expect(await watcher.frame(isPush)).toMatchObject({ quotes: [{ ticker: "T0001" }] });
});

/** `[payload, answer]` of each row of the table of operations in docs/protocol.md. */
const operations = [
  ...readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8").matchAll(
    /^\| [^|`]+ \| `(\{.+\})` \| `(\{.+\})` \|$/gm,
  ),
].map(([, sent = "", got = ""]) => [sent, got] as const);

/** The form of an answer: `…` and numbers stand for whatever comes. */
function formOf(text: string): unknown {
  return JSON.parse(text.replaceAll("[…]", '"[…]"'), (_key, value) => {
    if (value === "[…]") return expect.any(Array);
    if (value === "…") return expect.any(String);
    return typeof value === "number" ? expect.any(Number) : value;
  });
}

test("each operation of docs/protocol.md is answered as the page says", async () => {
  const names = operations.map(([sent]) => JSON.parse(sent).operation);
  expect([...new Set(names)].toSorted()).toEqual([
    ...["basket", "clean", "connections", "forget", "prices", "unwatch", "user", "watch", "watchers"],
  ]);
  await expect.poll(() => answerOf("connections")).toEqual({ connections: [], total: 0 });
  await publish(stack, "ticker=AAPL&price=2400");
  await using watcher = await Watcher.connect(stack, "user003");
  await watcher.ask({ action: "user", id: "user003" });
  await watcher.ask({ action: "watch", baskets: ["FAANG"] });
  const lambda = new LambdaClient({ ...asOperator(stack), endpoint: stack.endpoints.lambda });
  onTestFinished(() => lambda.destroy());
  const { operate } = stack.outputs["functionNames"] as { readonly operate: string };
  for (const [sent, got] of operations) {
    const command = new InvokeCommand({ FunctionName: operate, Qualifier: "next", Payload: sent });
    const { Payload } = await lambda.send(command);
    expect(JSON.parse(Buffer.from(Payload ?? []).toString()), sent).toEqual(formOf(got));
  }
});

test("seed makes 2,000 tickers and 100 users", async () => {
  expect(await ticker("clean", "--yes")).toMatchObject({ code: 0 });
  expect(await ticker("seed")).toMatchObject({
    code: 0,
    stdout:
      "Added 2,000 tickers and 100 users to the stack on this machine. Try: npm run ticker -- user user003\n",
    stderr: expect.stringMatching(/Prices 2,000 of 2,000\n(.*\n)*Users 100 of 100\n$/),
  });
  const { quotes } = (await answerOf("prices")) as {
    readonly quotes: readonly { readonly ticker: string }[];
  };
  const numbered = Array.from({ length: 2_000 }, (_, index) => `T${String(index + 1).padStart(4, "0")}`);
  expect(quotes.map((quote) => quote.ticker)).toEqual(numbered);
  expect(await answerOf("user", "user003")).toEqual({
    user: { id: "user003", version: expect.any(Number) },
    // The same in every run.
    tickers: [
      ...["T0044", "T0345", "T0666", "T0721", "T0787", "T0883"],
      ...["T0918", "T1259", "T1277", "T1614", "T1865"],
    ],
    baskets: [],
    connections: [],
    quotes: expect.any(Array),
  });
  expect(await ticker("user", "user100")).toMatchObject({ code: 0 });
  expect(await ticker("user", "user101")).toMatchObject({ code: 1 });
});

test("clean closes every connection before it drops the first ticker, and leaves nothing", async () => {
  await publish(stack, "ticker=KEPT&price=2400");
  await using watcher = await Watcher.connect(stack);
  await watcher.watch("KEPT");
  await using graph = openGraph(stack.graph);
  const { child, ended } = startOperator(["clean", "--yes", "--directory", directory]);
  child.stdin.end();
  await watcher.closed;
  const { code, stdout, stderr } = await ended;
  const [first, ...others] = stderr.trimEnd().split("\n");
  expect(first).toBe("Round 1: 1 connection closed, 0 vertices dropped");
  expect(others.length).toBeGreaterThan(0);
  const total = /Emptied the stack on this machine: 1 connection closed, ([\d,]+) vertices dropped\n/.exec(
    stdout,
  );
  expect([code, Number(total?.[1]?.replace(",", ""))]).toEqual([0, expect.any(Number)]);
  const left: unknown[] = [];
  for await (const batch of graph.client.stream(allIds())) left.push(...batch);
  expect(left).toEqual([]);
});
