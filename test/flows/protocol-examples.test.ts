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

/* Runs every example of docs/protocol.md. `…` is a placeholder for any value. */
const DOCUMENT = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
const blocks = (language: string) =>
  [...DOCUMENT.matchAll(new RegExp(`\`\`\`${language}\\n(.+?)\\n\`\`\``, "gs"))].map(
    ([, block]) => block ?? "",
  );

/** The only JSON example that contains `part`. */
function example(part: string): string {
  const found = blocks("json").filter((block) => block.includes(part));
  expect(found).toHaveLength(1);
  return found[0] ?? "";
}

/** `[message, answer]` of each row of the message table. */
const conversation = [...DOCUMENT.matchAll(/^\| `(\{.+\})` \| `(\{.+\})` \|$/gm)].map(
  ([, message, answer]) => [message ?? "", answer ?? ""],
);

let stack: LocalStack;
beforeAll(async () => {
  stack = await startStack({ config: { userAccess: "open" } });
});
afterAll(() => stack[Symbol.asyncDispose]());

/** A matcher for a documented answer with placeholders. */
function toMatcher(text: string): unknown {
  const withPlaceholders = text.replaceAll('"…="', '"…"').replaceAll("[…]", '["…"]');
  return JSON.parse(withPlaceholders, (key, value) => {
    // Versions depend on the time, except 0: the version of a list that never changed.
    if (key === "version" && value !== 0) return expect.any(Number);
    if (value === "…") return expect.any(String);
    const isPlaceholder = Array.isArray(value) && value.length === 1 && value[0]?.asymmetricMatch;
    return isPlaceholder ? expect.any(Array) : value;
  });
}

/** A matcher for an example, with any versions, times and connection id. */
function toShapeMatcher(text: string): unknown {
  return JSON.parse(text, (key, value) => {
    if (key === "version") return expect.any(Number);
    return key === "at" || key === "connection-id" ? expect.any(String) : value;
  });
}

/** Connects as the user of the examples. */
async function openUser(): Promise<Watcher> {
  const watcher = await Watcher.connect(stack);
  await watcher.ask({ action: "user", id: "user003" });
  return watcher;
}

test("each message in docs/protocol.md returns the documented answer", async () => {
  const actions = conversation.map(([message]) => JSON.parse(message ?? "").action);
  expect(actions).toEqual(["watch", "unwatch", "sync", "watch", "ping", "user", "authorize"]);
  await setBasket(stack, "FAANG", "AAPL", "META");
  await using watcher = await Watcher.connect(stack);
  const token = await mintToken(stack, "user003");
  for (const [message = "", answer = ""] of conversation) {
    expect(await watcher.ask(message.replace("eyJ…", token))).toEqual(toMatcher(answer));
  }
  const [, unknownAction = ""] = /^\| anything else \| `(.+)` \|$/m.exec(DOCUMENT) ?? [];
  expect(await watcher.ask({ action: "dance" })).toEqual(toMatcher(unknownAction));
});

test("a published price arrives in the documented format", async () => {
  const text = example('J8g=","quotes":[{"ticker":"AAPL"');
  await using watcher = await Watcher.connect(stack);
  await watcher.watch("AAPL");
  await publish(stack, "ticker=AAPL&price=2400");
  expect(await watcher.frame(isPush)).toEqual(toShapeMatcher(text));
});

test("a list change by another connection of the user arrives in the documented format", async () => {
  const text = example('"watching":["AAPL","GOOG"],"user"');
  const { quotes } = JSON.parse(text) as QuotesMessage;
  for (const { ticker, price } of quotes) await publish(stack, `ticker=${ticker}&price=${price}`);
  await using first = await openUser();
  await using second = await openUser();
  await first.ask({ action: "watch", tickers: ["AAPL"] });
  await second.frame((frame) => "watching" in frame && frame.watching?.length === 1);
  await first.ask({ action: "watch", tickers: ["GOOG"] });
  const update = await second.frame((frame) => "watching" in frame && frame.watching?.length === 2);
  expect(update).toEqual(toShapeMatcher(text));
});

test("the documented sync message returns a quotes message with its request id", async () => {
  const sync = JSON.parse(example('{"action":"sync"'));
  await using watcher = await openUser();
  expect(await watcher.ask(sync)).toMatchObject({ action: "quotes", request: sync.request });
});

test("a basket change arrives in the documented format", async () => {
  const text = example('J8g=","baskets":[{"name":"FAANG"');
  await publish(stack, "ticker=AAPL&price=2400");
  await using watcher = await Watcher.connect(stack);
  await watcher.ask({ action: "watch", baskets: ["FAANG"] });
  await setBasket(stack, "FAANG", "META", "AAPL");
  expect(await watcher.frame(isPush)).toEqual(toShapeMatcher(text));
});

/** The parsed output of a documented shell command, which gets the stack outputs as variables. */
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

test("each documented curl command returns the documented summary", async () => {
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

test("each documented queue message reaches its connection or user", async () => {
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

test("the documented aws CLI commands send the documented JSON", async () => {
  const [send = "", invoke = "", ...others] = blocks("sh").filter((block) => block.startsWith("aws"));
  expect(others).toEqual([]);
  const quoted = (command: string) => JSON.parse(/'(.+)'/.exec(command)?.[1] ?? "");
  expect(quoted(send)).toEqual(JSON.parse(example('{"userId":')));
  const { operation, name, tickers } = quoted(invoke);
  expect(operation).toBe("basket");
  await using watcher = await Watcher.connect(stack);
  await watcher.ask({ action: "watch", baskets: [name] });
  expect(await setBasket(stack, name, ...tickers)).toEqual(toShapeMatcher(example('{"basket":')));
});
