import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalStack, startStack } from "../../local/stack.ts";
import { isPush, output, publish, Watcher } from "./clients.ts";

/* Every example of docs/protocol.md, run. `…` in it stands for whatever comes. */
const PAGE = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
const blocks = (language: string) =>
  [...PAGE.matchAll(new RegExp(`\`\`\`${language}\\n(.+?)\\n\`\`\``, "gs"))].map(([, block]) => block ?? "");

/** `[message, answer]` of each row of the page's table; the last row's message stands for any other. */
const conversation = [...PAGE.matchAll(/^\| `(\{.+\})` \| `(\{.+\})` \|$/gm)].map(([, sent, got]) => [
  sent ?? "",
  got ?? "",
]);

let stack: LocalStack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

/** The answer of an example as a pattern. */
function patternOf(example: string): unknown {
  const withHoles = example.replaceAll('"…="', '"…"').replaceAll("[…]", '["…"]');
  return JSON.parse(withHoles, (_key, value) => {
    if (value === "…") return expect.any(String);
    if (Array.isArray(value) && value.length === 1 && typeof value[0] !== "string") return expect.any(Array);
    return value;
  });
}

test("each message is answered as the page says", async () => {
  expect(conversation.map(([sent]) => JSON.parse(sent ?? "").action)).toEqual(["watch", "unwatch", "ping"]);
  await using watcher = await Watcher.connect(stack);
  for (const [sent, got] of conversation) expect(await watcher.ask(sent)).toEqual(patternOf(got ?? ""));
  const [, anything = ""] = /^\| anything else \| `(.+)` \|$/m.exec(PAGE) ?? [];
  expect(await watcher.ask({ action: "dance" })).toEqual(patternOf(anything));
});

test("what comes when a price is published has the form that the page shows", async () => {
  const example = JSON.parse(blocks("json")[0] ?? "");
  const [quote] = example.quotes;
  await using watcher = await Watcher.connect(stack);
  await watcher.watch(quote.ticker);
  await publish(stack, `ticker=${quote.ticker}&price=${quote.price}`);
  const push = await watcher.frame(isPush);
  const form = { ...quote, version: expect.any(Number), at: expect.any(String) };
  expect(push).toEqual({ ...example, "connection-id": expect.any(String), quotes: [form] });
  expect(push.quotes[0]?.at).toHaveLength(quote.at.length);
});

test("each curl command of the page works, and is answered with the summary that it shows", async () => {
  const commands = blocks("sh");
  expect(commands).toHaveLength(2);
  const keys = Object.keys(JSON.parse(blocks("json")[1] ?? ""));
  for (const command of commands) {
    const env = { ...process.env, publishUrl: output(stack, "publishUrl") };
    const { stdout } = await promisify(execFile)("sh", ["-c", command], { env });
    expect(Object.keys(JSON.parse(stdout))).toEqual(keys);
  }
});
