import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalStack, startStack } from "#emulator/stack.ts";
import type { QuotesMessage, ServerMessage } from "#protocol/messages.ts";
import { isPush, openQueues, publish, setBasket, Watcher } from "#support/clients.ts";
import { output } from "#support/output.ts";
import { mintToken } from "#support/tokens.ts";

/* Every example of docs/protocol.md, run. `…` in it stands for whatever comes. */
const PAGE = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
const blocks = (language: string) =>
  [...PAGE.matchAll(new RegExp(`\`\`\`${language}\\n(.+?)\\n\`\`\``, "gs"))].map(([, block]) => block ?? "");

/** The one example in JSON of which `part` is a part. */
function example(part: string): string {
  const found = blocks("json").filter((block) => block.includes(part));
  expect(found).toHaveLength(1);
  return found[0] ?? "";
}

/** `[message, answer]` of each row of the page's table; the last row's message stands for any other. */
const conversation = [...PAGE.matchAll(/^\| `(\{.+\})` \| `(\{.+\})` \|$/gm)].map(([, sent, got]) => [
  sent ?? "",
  got ?? "",
]);

let stack: LocalStack;
beforeAll(async () => {
  stack = await startStack({ config: { userAccess: "open" } });
});
afterAll(() => stack[Symbol.asyncDispose]());

/** The answer of an example as a pattern. */
function patternOf(text: string): unknown {
  const withHoles = text.replaceAll('"…="', '"…"').replaceAll("[…]", '["…"]');
  return JSON.parse(withHoles, (key, value) => {
    // The one version that does not depend on the time is that of a list that never changed.
    if (key === "version" && value !== 0) return expect.any(Number);
    if (value === "…") return expect.any(String);
    const isHole = Array.isArray(value) && value.length === 1 && value[0]?.asymmetricMatch;
    return isHole ? expect.any(Array) : value;
  });
}

/** The form of an example: its versions, times and connection are of its own. */
function formOf(text: string): unknown {
  return JSON.parse(text, (key, value) => {
    if (key === "version") return expect.any(Number);
    return key === "at" || key === "connection-id" ? expect.any(String) : value;
  });
}

/** A connection of the user of the page's examples. */
async function openUser(): Promise<Watcher> {
  const watcher = await Watcher.connect(stack);
  await watcher.ask({ action: "user", id: "user003" });
  return watcher;
}

test("each message is answered as the page says", async () => {
  const actions = conversation.map(([sent]) => JSON.parse(sent ?? "").action);
  expect(actions).toEqual(["watch", "unwatch", "sync", "watch", "ping", "user", "authorize"]);
  await setBasket(stack, "FAANG", "AAPL", "META");
  await using watcher = await Watcher.connect(stack);
  const token = await mintToken(stack, "user003");
  for (const [sent = "", got = ""] of conversation) {
    expect(await watcher.ask(sent.replace("eyJ…", token))).toEqual(patternOf(got));
  }
  const [, anything = ""] = /^\| anything else \| `(.+)` \|$/m.exec(PAGE) ?? [];
  expect(await watcher.ask({ action: "dance" })).toEqual(patternOf(anything));
});

test("what comes when a price is published has the form that the page shows", async () => {
  const text = example('J8g=","quotes":[{"ticker":"AAPL"');
  await using watcher = await Watcher.connect(stack);
  await watcher.watch("AAPL");
  await publish(stack, "ticker=AAPL&price=2400");
  expect(await watcher.frame(isPush)).toEqual(formOf(text));
});

test("what comes when another connection changes the list has the form that the page shows", async () => {
  const text = example('"watching":["AAPL","GOOG"],"user"');
  const { quotes } = JSON.parse(text) as QuotesMessage;
  for (const { ticker, price } of quotes) await publish(stack, `ticker=${ticker}&price=${price}`);
  await using first = await openUser();
  await using second = await openUser();
  await first.ask({ action: "watch", tickers: ["AAPL"] });
  await second.frame((frame) => "watching" in frame && frame.watching?.length === 1);
  await first.ask({ action: "watch", tickers: ["GOOG"] });
  const news = await second.frame((frame) => "watching" in frame && frame.watching?.length === 2);
  expect(news).toEqual(formOf(text));
});

test("the example of a sync is answered with a quotes message that repeats its request", async () => {
  const sent = JSON.parse(example('{"action":"sync"'));
  await using watcher = await openUser();
  expect(await watcher.ask(sent)).toMatchObject({ action: "quotes", request: sent.request });
});

test("what comes when a basket changes has the form that the page shows", async () => {
  const text = example('J8g=","baskets":[{"name":"FAANG"');
  await publish(stack, "ticker=AAPL&price=2400");
  await using watcher = await Watcher.connect(stack);
  await watcher.ask({ action: "watch", baskets: ["FAANG"] });
  await setBasket(stack, "FAANG", "META", "AAPL");
  expect(await watcher.frame(isPush)).toEqual(formOf(text));
});

/** What a shell command of the page prints, with the stack's outputs as variables. */
async function run(command: string): Promise<unknown> {
  const variables = {
    publishUrl: output(stack, "publishUrl"),
    publishToken: output(stack, "publishToken"),
  };
  const { stdout } = await promisify(execFile)("sh", ["-c", command], {
    env: { ...process.env, ...variables },
  });
  return JSON.parse(stdout);
}

test("each curl command of the page works, and is answered with the summary that it shows", async () => {
  const [both, named, broadcast, ...others] = blocks("sh").filter((block) => block.startsWith("curl"));
  expect(others).toEqual([]);
  const keys = Object.keys(JSON.parse(example('{"quotes":2,')));
  for (const command of [both, named])
    expect(Object.keys((await run(command ?? "")) as object)).toEqual(keys);

  await using watcher = await Watcher.connect(stack);
  await watcher.watch("AAPL");
  expect(Object.keys((await run(broadcast ?? "")) as object)).toEqual(keys.slice(1));
  const isNotice = ({ action }: ServerMessage) => action === "notice";
  expect(await watcher.frame(isNotice)).toEqual(JSON.parse(example("Markets close")));
});

test("each message of a queue reaches the sockets that the page says", async () => {
  await using watcher = await openUser();
  const { "connection-id": connectionId } = (await watcher.ask({
    action: "unwatch",
    tickers: ["NONE"],
  })) as QuotesMessage;
  const toConnection = { ...JSON.parse(example('{"connectionId":')), connectionId };
  const toUser = JSON.parse(example('{"userId":'));
  for (const [queue, body] of [
    ["notifyConnectionQueueUrl", toConnection],
    ["notifyUserQueueUrl", toUser],
  ] as const) {
    const message = { QueueUrl: output(stack, queue), MessageBody: JSON.stringify(body) };
    await openQueues(stack).send(new SendMessageCommand(message));
    expect(await watcher.frame((frame) => JSON.stringify(frame) === JSON.stringify(body.data))).toBeTruthy();
  }
});

test("the commands of the aws CLI send what the page shows in JSON", async () => {
  const [send = "", invoke = "", ...others] = blocks("sh").filter((block) => block.startsWith("aws"));
  expect(others).toEqual([]);
  const quoted = (command: string) => JSON.parse(/'(.+)'/.exec(command)?.[1] ?? "");
  expect(quoted(send)).toEqual(JSON.parse(example('{"userId":')));
  const { operation, name, tickers } = quoted(invoke);
  expect(operation).toBe("basket");
  await using watcher = await Watcher.connect(stack);
  await watcher.ask({ action: "watch", baskets: [name] });
  expect(await setBasket(stack, name, ...tickers)).toEqual(formOf(example('{"basket":')));
});
