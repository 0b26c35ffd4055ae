/* Each CLI command in a separate process, on a stack that requires tokens. Terminal output: test/operator. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import type { LocalStack } from "#emulator/stack.ts";
import { allIds } from "#support/all-ids.ts";
import { asOperator, isPush, publish, setBasket, Watcher } from "#support/clients.ts";
import { openGraph } from "#support/graph.ts";
import { type OperatedStack, startOperatedStack } from "#support/operated-stack.ts";
import { output } from "#support/output.ts";
import { protocolsWith } from "#support/tokens.ts";
import { type Ended, runOperator, startOperator } from "../operator/run-operator.ts";

let stack: LocalStack;
let directory: string;
let operated: OperatedStack;
beforeAll(async () => {
  operated = await startOperatedStack();
  ({ stack, directory } = operated);
});
afterAll(() => operated[Symbol.asyncDispose]());

/** Runs a command. In its output, times of today are replaced by `[ TIME ]`. */
async function ticker(...args: readonly string[]): Promise<Ended> {
  const { code, stdout, stderr } = await runOperator([...args, "--directory", directory]);
  return { code, stdout: stdout.replace(/\d\d:\d\d:\d\d/g, "[ TIME ]"), stderr };
}

const shown = (stdout: string): Ended => ({ code: 0, stdout, stderr: "" });
const refused = (code: number, stderr: string): Ended => ({ code, stdout: "", stderr });

/** The parsed output of a command with --json. */
async function runJson(...args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await ticker(...args, "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

describe("prices", () => {
  test("prices prints a hint without prices, and lists the prices that publish sent", async () => {
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
    expect(await runJson("publish", "AAPL=24.10")).toEqual({
      quotes: 1,
      watchers: 0,
      delivered: 0,
      gone: 0,
      closed: 0,
    });
  });

  test("watch prints the last price, then each published price", async () => {
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

  test("watch --user prints the prices of the watch list of the user and adds to the list", async () => {
    await setBasket(stack, "DUO", "DUO-A", "DUO-B");
    const { child, lines, ended } = startOperator([
      ...["watch", "LISTED", "--basket", "DUO", "--user", "ann", "--directory", directory],
    ]);
    // A publish before the subscriptions are stored would not reach the watcher.
    await expect.poll(async () => (await ticker("user", "ann")).code).toBe(0);
    await expect
      .poll(async () => (await publish(stack, "ticker=DUO-B&price=7")).body)
      .toMatchObject({
        watchers: 1,
      });
    expect(await lines.next()).toMatch(/^\d\d:\d\d:\d\d {2}DUO-B {12}\$0\.07 {2}–$/);
    child.kill("SIGINT");
    await ended;
    expect(await runJson("user", "ann")).toMatchObject({
      tickers: ["LISTED"],
      baskets: [{ name: "DUO", tickers: ["DUO-A", "DUO-B"] }],
    });
  });
});

describe("watchers", () => {
  test("watchers, connections and user list a connection, and forget closes it", async () => {
    // The connections of earlier tests are deleted shortly after their sockets close.
    const none = { connections: [], total: 0 };
    await expect.poll(() => runJson("connections")).toEqual(none);
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
    expect(await runJson("watchers", "NOTED")).toEqual({ ticker: "NOTED", watchers: 0, connections: [] });
    expect(await runJson("connections")).toEqual(none);
  });

  test("basket sets the tickers, notifies the watchers of the basket and prints it", async () => {
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

describe("tokens", () => {
  const createToken = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runOperator(["token", ...args, "--directory", directory]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout.trimEnd();
  };

  const post = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const body = new URLSearchParams("ticker=POSTED&price=1");
    return (await fetch(output(stack, "publishUrl"), { method: "POST", headers, body })).status;
  };

  /** The status of a rejected handshake, or the user of an accepted connection. */
  const connect = async (token: string) => {
    const socket = new WebSocket(output(stack, "watchUrl"), protocolsWith(token));
    const refusal = new Promise<number | undefined>((resolve) => {
      socket.on("error", () => {});
      socket.once("unexpected-response", (_request, response) => resolve(response.statusCode));
    });
    const user = once(socket, "open").then(async () => {
      socket.send(JSON.stringify({ action: "user", id: "tess" }));
      const [frame] = await once(socket, "message");
      socket.close();
      return JSON.parse(String(frame)).user;
    });
    return await Promise.race([refusal, user.catch(() => refusal)]);
  };

  test("a token without --publish opens a connection and returns 403 for a publish", async () => {
    const token = await createToken("tess", "--hours", "1");
    expect([await connect(token), await post(token)]).toEqual([{ id: "tess", version: 0 }, 403]);
  });

  test("a token with --publish publishes and returns 403 for a connection", async () => {
    const token = await createToken("tess", "--publish");
    expect([await connect(token), await post(token)]).toEqual([403, 200]);
  });
});

test("an unknown user or basket exits with 1, invalid usage with 2, with a message on stderr", async () => {
  expect(await ticker("user", "nobody")).toEqual(refused(1, "There is no user nobody.\n"));
  expect(await ticker("basket", "NONE")).toEqual(refused(1, "There is no basket NONE.\n"));
  expect(await ticker("publish", "AAPL=1.234")).toEqual(
    refused(
      2,
      'Expected TICKER=DOLLARS with at most two decimals, such as AAPL=24.00, got "AAPL=1.234".\nSee: npm run ticker -- publish --help\n',
    ),
  );
});

test("load publishes prices to watchers and prints the measured times", async () => {
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

/** `[payload, response]` of each row of the operations table in docs/protocol.md. */
const operations = [
  ...readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8").matchAll(
    /^\| [^|`]+ \| `(\{.+\})` \| `(\{.+\})` \|$/gm,
  ),
].map(([, payload = "", response = ""]) => [payload, response] as const);

/** A matcher for a documented response, in which `…` and numbers are placeholders. */
function toMatcher(text: string): unknown {
  return JSON.parse(text.replaceAll("[…]", '"[…]"'), (_key, value) => {
    if (value === "[…]") return expect.any(Array);
    if (value === "…") return expect.any(String);
    return typeof value === "number" ? expect.any(Number) : value;
  });
}

test("each operation in docs/protocol.md returns the documented response", async () => {
  const names = operations.map(([payload]) => JSON.parse(payload).operation);
  expect([...new Set(names)].toSorted()).toEqual([
    ...["basket", "clean", "connections", "forget", "prices", "unwatch", "user", "watch", "watchers"],
  ]);
  await expect.poll(() => runJson("connections")).toEqual({ connections: [], total: 0 });
  await publish(stack, "ticker=AAPL&price=2400");
  await using watcher = await Watcher.connect(stack, "user003");
  await watcher.ask({ action: "user", id: "user003" });
  await watcher.ask({ action: "watch", baskets: ["FAANG"] });
  const lambda = new LambdaClient({ ...asOperator(stack), endpoint: stack.endpoints.lambda });
  onTestFinished(() => lambda.destroy());
  const { operate } = stack.outputs["functionNames"] as { readonly operate: string };
  for (const [payload, response] of operations) {
    const command = new InvokeCommand({ FunctionName: operate, Qualifier: "next", Payload: payload });
    const { Payload } = await lambda.send(command);
    expect(JSON.parse(Buffer.from(Payload ?? []).toString()), payload).toEqual(toMatcher(response));
  }
});

test("seed creates 2,000 tickers and 100 users with the same watch lists in every run", async () => {
  expect(await ticker("clean", "--yes")).toMatchObject({ code: 0 });
  expect(await ticker("seed")).toMatchObject({
    code: 0,
    stdout:
      "Added 2,000 tickers and 100 users to the stack on this machine. Try: npm run ticker -- user user003\n",
    stderr: expect.stringMatching(/Prices 2,000 of 2,000\n(.*\n)*Users 100 of 100\n$/),
  });
  const { quotes } = (await runJson("prices")) as {
    readonly quotes: readonly { readonly ticker: string }[];
  };
  const numbered = Array.from({ length: 2_000 }, (_, index) => `T${String(index + 1).padStart(4, "0")}`);
  expect(quotes.map((quote) => quote.ticker)).toEqual(numbered);
  expect(await runJson("user", "user003")).toEqual({
    user: { id: "user003", version: expect.any(Number) },
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

test("clean closes every connection before it drops vertices, and empties the graph", async () => {
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
  const remaining: unknown[] = [];
  for await (const batch of graph.client.stream(allIds())) remaining.push(...batch);
  expect(remaining).toEqual([]);
});
