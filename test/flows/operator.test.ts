import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type LocalStack, startStack } from "../../local/stack.ts";
import { type Ended, startOperator } from "../operator/run-operator.ts";
import { isPush, Watcher } from "./clients.ts";
import { output } from "./output.ts";
import { protocolsWith } from "./tokens.ts";

/*
 * The operator's commands, each a process of its own, against a stack that asks for tokens and checks every permission. What each
 * prints in which case is test/operator's. Does not prove that they find a deployed stack.
 */
let stack: LocalStack;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "ticker-watch-operator-"));
  stack = await startStack();
  const { outputs, endpoints, credentials } = stack;
  const found = { ...outputs, endpoints, credentials, pid: process.pid };
  await writeFile(join(directory, "outputs.json"), JSON.stringify(found));
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const ticker = async (...words: string[]): Promise<Ended> =>
  await startOperator([...words, "--directory", directory]).ended;

/** What a command prints, once it has ended well. */
async function print(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await ticker(...words);
  expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
  return stdout;
}

const json = async (...words: string[]) => JSON.parse(await print(...words, "--json"));

test("a seed makes 2,000 tickers with prices, and 100 users who watch 10 to 30 of them", async () => {
  await print("seed");
  expect((await json("prices")).quotes).toHaveLength(2_000);
  const { user, tickers, quotes } = await json("user", "user003");
  expect(user.id).toBe("user003");
  expect(tickers.length).toBeGreaterThanOrEqual(10);
  expect(tickers.length).toBeLessThanOrEqual(30);
  expect(quotes.map((quote: { ticker: string }) => quote.ticker)).toEqual(tickers);
});

test("a price that is published in dollars reaches who watches, and is shown with them", async () => {
  await using watcher = await Watcher.connect(stack);
  const id = await watcher.watch("AAPL");
  expect(await print("publish", "AAPL=24.00")).toContain("1 price published: 1 watcher");
  expect((await watcher.frame(isPush)).quotes).toMatchObject([{ ticker: "AAPL", price: 2_400 }]);
  expect(await json("watchers", "AAPL")).toMatchObject({ watchers: 1, connections: [{ id }] });
  expect(await print("watchers", "AAPL")).toMatch(/^AAPL {2}\$24\.00 at [\d:]+ {2}1 watcher\n/);
  expect((await json("connections")).connections).toMatchObject([{ id, tickers: 1 }]);
});

test("a basket is set, told and shown", async () => {
  await using watcher = await Watcher.connect(stack);
  await watcher.ask({ action: "watch", baskets: ["FAANG"] });
  expect(await print("basket", "FAANG", "=", "META", "AAPL")).toContain("FAANG  version 1  AAPL META");
  expect((await watcher.frame(isPush)).baskets).toEqual([
    { name: "FAANG", version: 1, tickers: ["AAPL", "META"] },
  ]);
  expect(await json("basket", "FAANG")).toMatchObject({ watchers: 1, basket: { tickers: ["AAPL", "META"] } });
});

test("a connection that is forgotten is closed", async () => {
  await using watcher = await Watcher.connect(stack);
  const id = await watcher.watch("AAPL");
  expect(await print("forget", id)).toBe(`${id}  closed and forgotten\n`);
  expect(await watcher.closed).toBe(1000);
});

test("a token lets a user in, and one for publishing lets a post in, and neither does the other", async () => {
  const watch = (await print("token", "user003")).trim();
  const publish = (await print("token", "feed", "--publish", "--hours", "1")).trim();
  await using watcher = await Watcher.connectWith(stack, watch);
  expect(await watcher.ask({ action: "user", id: "user003" })).toMatchObject({ user: { id: "user003" } });
  const refused = new WebSocket(output(stack, "watchUrl"), protocolsWith(publish));
  await expect(once(refused, "open")).rejects.toThrow("403");
  const post = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const init = { method: "POST", headers, body: new URLSearchParams("ticker=TOKEN&price=1") };
    return (await fetch(output(stack, "publishUrl"), init)).status;
  };
  expect([await post(publish), await post(watch)]).toEqual([200, 403]);
});

test("watching shows prices as they come, a user's list too", async () => {
  const running = startOperator(["watch", "SHOWN", "--user", "ann", "--json", "--directory", directory]);
  await expect.poll(async () => (await json("watchers", "SHOWN")).watchers).toBe(1);
  await print("publish", "SHOWN=1.50");
  expect(JSON.parse(await running.lines.next())).toMatchObject({ ticker: "SHOWN", price: 150 });
  expect(await json("user", "ann")).toMatchObject({ tickers: ["SHOWN"] });
  running.child.kill("SIGINT");
  expect((await running.ended).code).toBe(0);
});

test("a load of random walks reaches who watches, and says how fast it was", async () => {
  await using watcher = await Watcher.connect(stack);
  await watcher.ask({ action: "watch", tickers: ["T0001"] });
  const out = await print("load", "--tickers", "10", "--rate", "50", "--seconds", "2");
  await watcher.frame(isPush);
  expect(out).toMatch(/quotes\/s {2}0 failed {2}p50 [\d.]+ ms {2}p99 [\d.]+ ms/);
});

test("a clean closes every socket, and leaves nothing", async () => {
  await using watcher = await Watcher.connect(stack);
  await watcher.watch("AAPL");
  const { code, stderr } = await ticker("clean");
  expect([code, stderr]).toEqual([1, expect.stringContaining("Say so with --yes.")]);
  expect((await json("prices")).quotes.length).toBeGreaterThan(2_000);
  expect(await print("clean", "--yes")).toMatch(/^Emptied the stack on this machine: /);
  expect(await watcher.closed).toBe(1000);
  expect(await json("prices")).toMatchObject({ quotes: [] });
  expect(await ticker("user", "user003")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("user003"),
  });
});

test("what makes no sense is told so, with where to read on", async () => {
  expect(await ticker("dance")).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining("--help"),
  });
  expect(await ticker("publish", "AAPL=1.234")).toMatchObject({ code: 2, stdout: "" });
});
