import fc from "fast-check";
import gremlin from "gremlin";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalStack, startStack } from "#emulator/stack.ts";
import { parseForm } from "#lambdas/publish/form.ts";
import { parseMessage } from "#lambdas/watch/message.ts";
import { Watcher } from "#support/clients.ts";
import { openGraph } from "#support/graph.ts";
import { output } from "#support/output.ts";
import { asPublisher } from "#support/tokens.ts";

/* Random invalid posts and messages through the whole stack. The other flows test valid ones. */
let stack: LocalStack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

const anyText = fc.string({ unit: "binary", maxLength: 40 });

/** Each starts with a valid quote of a watched ticker, so that a partial publish would reach the watcher. */
const badForm = fc
  .array(fc.tuple(fc.constantFrom("ticker", "price", "other"), anyText), { minLength: 1, maxLength: 6 })
  .map((fields) => new URLSearchParams([["ticker", "AAPL"], ["price", "1"], ...fields]).toString())
  .filter((form) => !parseForm(form, Date.now()).ok);

/** Each starts with a valid ticker that has no watcher. */
const badMessage = fc.oneof(
  fc
    .tuple(fc.constantFrom("watch", "unwatch"), fc.array(anyText, { minLength: 1, maxLength: 4 }))
    .map(([action, texts]) => JSON.stringify({ action, tickers: ["GOOD", ...texts] }))
    .filter((text) => !parseMessage("watch", text).ok),
  fc.jsonValue().map((name) => JSON.stringify({ action: "dance", name, tickers: ["GOOD"] })),
  anyText.filter((text) => !parseMessage("$default", text).ok),
);

test("invalid posts and messages return an error, store nothing and send nothing", async () => {
  await using watcher = await Watcher.connect(stack);
  await using client = await Watcher.connect(stack);
  const connectionId = await watcher.watch("AAPL");
  const headers = await asPublisher(stack);

  await fc.assert(
    fc.asyncProperty(badForm, async (form) => {
      const response = await fetch(output(stack, "publishUrl"), {
        method: "POST",
        headers,
        body: new URLSearchParams(`${form}&connId=${encodeURIComponent(connectionId)}`),
      });
      expect([response.status, await response.text()]).toEqual([
        400,
        expect.stringMatching(
          /^(mismatched tickers and prices|bad ticker|not a number|unknown field): [^\p{Cc}\p{Cf}\p{Cs}]*$/u,
        ),
      ]);
    }),
    { numRuns: 75 },
  );
  await fc.assert(
    fc.asyncProperty(badMessage, async (message) => {
      expect(await client.ask(message)).toEqual({
        action: "error",
        code: expect.stringMatching(/^(bad-message|bad-ticker|not-implemented)$/),
        message: expect.stringMatching(/^Expected .+$/),
      });
    }),
    { numRuns: 75 },
  );

  expect(await watcher.ask({ action: "ping", name: "end" })).toEqual({ action: "pong", name: "end" });
  expect(watcher.frames).toHaveLength(2);
  await using graph = openGraph(stack.graph);
  const g = gremlin.process.traversal().withGraph(new gremlin.structure.Graph());
  expect(await graph.client.read(g.V().hasLabel("Ticker").id())).toEqual(["ticker:AAPL"]);
  expect(await graph.client.read(g.V().hasLabel("Ticker").properties().count())).toEqual([0]);
});
