import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LocalStack } from "#emulator/stack.ts";
import { publishCommand } from "#page/publish-command.ts";
import { PUBLISH_AUDIENCE } from "#protocol/token-audiences.ts";
import { openQueues, publish, Watcher } from "#support/clients.ts";
import { TICKERS, USER_IDS } from "#support/identities.ts";
import { type OperatedStack, startOperatedStack } from "#support/operated-stack.ts";
import { output } from "#support/output.ts";
import { mintToken } from "#support/tokens.ts";
import { runOperator } from "../operator/run-operator.ts";

/*
 * Tickers and user ids of public feeds and issuers, through the whole stack: form, curl, socket, queue, CLI.
 * Does not prove that API Gateway, SQS and Neptune accept the same characters.
 */
let stack: LocalStack;
let directory: string;
let operated: OperatedStack;
beforeAll(async () => {
  operated = await startOperatedStack();
  ({ stack, directory } = operated);
});
afterAll(() => operated[Symbol.asyncDispose]());

const pushOf = async (watcher: Watcher, price: number) =>
  await watcher.frame(
    (frame) => frame.action === "quotes" && frame.quotes.some((quote) => quote.price === price),
  );

async function operate(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runOperator([...args, "--directory", directory]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

test("a form post of every ticker reaches a watcher that subscribed in lower case", async () => {
  await using watcher = await Watcher.connect(stack);
  await watcher.watch(...TICKERS.map((ticker) => ticker.toLowerCase()));
  for (const [index, ticker] of TICKERS.entries()) {
    const form = `ticker=${encodeURIComponent(ticker)}&price=${1_000 + index}`;
    expect(await publish(stack, form)).toMatchObject({ status: 200, body: { quotes: 1, delivered: 1 } });
    expect(await pushOf(watcher, 1_000 + index)).toMatchObject({ quotes: [{ ticker }] });
  }
});

test("the curl command of the watch page publishes every ticker", async () => {
  await using watcher = await Watcher.connect(stack);
  await watcher.watch(...TICKERS);
  const TOKEN = await mintToken(stack, "publisher", PUBLISH_AUDIENCE);
  for (const [index, ticker] of TICKERS.entries()) {
    const command = publishCommand(output(stack, "publishUrl"), "token", ticker);
    const price = 2_000 + index;
    const script = command
      .replace("curl", "curl --silent --noproxy '*'")
      .replace("price=2400", `price=${price}`);
    const { stdout } = await promisify(execFile)("sh", ["-c", script], { env: { ...process.env, TOKEN } });
    expect(JSON.parse(stdout)).toMatchObject({ quotes: 1, delivered: 1 });
    expect(await pushOf(watcher, price)).toMatchObject({ quotes: [{ ticker }] });
  }
});

test("the CLI publishes and lists every ticker and adds it to a basket", async () => {
  const table = await operate("publish", ...TICKERS.map((ticker, index) => `${ticker}=${30 + index}.08`));
  const shown = table.split("\n").slice(1, 1 + TICKERS.length);
  expect(shown.map((line) => line.split(/ +/))).toEqual(
    TICKERS.map((ticker, index) => [ticker, `$${30 + index}.08`]),
  );
  expect(await operate("basket", "ALL", "=", ...TICKERS)).toContain([...TICKERS].sort().join(" "));
  for (const ticker of ["M&M.NS", "BTC/USDT", "^GSPC"]) {
    expect(await operate("watchers", ticker)).toMatch(`${ticker}  $`);
  }
});

test("every user id has a separate watch list for tokens, queue messages and the CLI", async () => {
  for (const [index, userId] of USER_IDS.entries()) {
    await using watcher = await Watcher.connect(stack, userId);
    const version = { id: userId, version: 0 };
    expect(await watcher.ask({ action: "user", id: userId })).toMatchObject({ user: version, watching: [] });
    await watcher.watch(`OWN-${index}`);
    const MessageBody = JSON.stringify({ userId, data: { action: "notice", message: userId } });
    const QueueUrl = output(stack, "notifyUserQueueUrl");
    await openQueues(stack).send(new SendMessageCommand({ QueueUrl, MessageBody }));
    expect(await watcher.frame((frame) => frame.action === "notice")).toMatchObject({ message: userId });
  }
  for (const userId of ["auth0|6621a1c0de", "a%7Cb", "x'\"`;$(id)<b>"]) {
    const own = `OWN-${USER_IDS.indexOf(userId)}`;
    expect(JSON.parse(await operate("user", userId, "--json"))).toMatchObject({
      user: { id: userId, version: expect.any(Number) },
      tickers: [own],
    });
    const token = (await operate("token", userId)).trim();
    await using watcher = await Watcher.connectWith(stack, token);
    expect(await watcher.ask({ action: "authorize", token })).toMatchObject({ watching: [own] });
  }
});
