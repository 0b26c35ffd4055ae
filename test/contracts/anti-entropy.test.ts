import { afterAll, beforeAll, expect, test } from "vitest";
import type { FanOutPorts } from "#lambdas/delivery/fan-out.ts";
import type { Subscriptions } from "#lambdas/graph/subscriptions.ts";
import { changeBasket } from "#lambdas/operate/change-basket.ts";
import { addToList, removeFromList } from "#lambdas/operate/change-list.ts";
import { publish } from "#lambdas/publish/publish.ts";
import { parseMessage } from "#lambdas/watch/message.ts";
import { answer, connect, disconnect } from "#lambdas/watch/watch.ts";
import { parseTicker, type Ticker } from "#protocol/quote.ts";
import { openGraph } from "#support/graph.ts";
import { type LocalGraph, openLocalGraph } from "#support/open-local-graph.ts";
import { type Screen, Screens } from "#support/screen.ts";

/*
 * Anti-entropy over a real graph: Lambdas are killed between writes and posts, queued batches and posts are lost, requesters close,
 * and nothing is retried. Then each open client sends one `sync`; when the page sends it is tested in test/page.
 */
const ROUNDS = Number(process.env["ROUNDS"] ?? 150);
const LANES = 3;
const FAULT_RATE = 0.4;

class Killed extends Error {}

const isFault = () => Math.random() < FAULT_RATE;

let graph: LocalGraph;
beforeAll(async () => {
  graph = await openLocalGraph();
});
afterAll(() => graph[Symbol.asyncDispose]());

const tickersOf = (...names: readonly string[]): readonly Ticker[] =>
  names.map((name) => parseTicker(name) ?? expect.fail(`Expected ${name} to be a ticker.`));

const WRITES = new Set<PropertyKey>([
  "watch",
  "unwatch",
  "attach",
  "setBasket",
  "recordPrices",
  "addToList",
  "removeFromList",
]);

/** A Lambda that may be killed after each write of its flow and before each post; accepted posts and queued batches may be lost. */
function unreliable(subscriptions: Subscriptions, screens: Screens): FanOutPorts {
  const killedAfterWrites = new Proxy(subscriptions, {
    get(target, name: keyof Subscriptions) {
      const method = target[name].bind(target) as (...args: readonly unknown[]) => unknown;
      if (!WRITES.has(name)) return method;
      return async (...args: readonly unknown[]) => {
        const result = await method(...args);
        if (isFault()) throw new Killed();
        return result;
      };
    },
  });
  return {
    subscriptions: killedAfterWrites,
    connections: {
      async post(connectionId, data) {
        if (Math.random() < FAULT_RATE / 4) throw new Killed();
        return isFault() ? "delivered" : await screens.post(connectionId, data);
      },
      close: (connectionId) => screens.close(connectionId),
    },
    // A queue whose messages all end in the dead-letter queue.
    pages: { send: async () => {} },
  };
}

/** Resolves when the flow has ended or was killed. */
async function ignoreKill(flow: Promise<unknown>): Promise<void> {
  await flow.catch((error: unknown) => {
    if (!(error instanceof Killed)) throw error;
  });
}

interface Message {
  readonly action: string;
  readonly [field: string]: unknown;
}

async function send(
  ports: FanOutPorts,
  id: string,
  screen: Screen,
  message: Message | Screen["syncMessage"],
) {
  const parsed = parseMessage(message.action, JSON.stringify(message));
  const reply = await answer(ports, id, parsed, { isOpen: true });
  if (reply) screen.receive(reply);
}

async function playRound(subscriptions: Subscriptions, name: string): Promise<void> {
  const screens = new Screens();
  const reliable: FanOutPorts = {
    subscriptions,
    connections: screens,
    pages: { send: () => expect.fail("Expected no queued batch.") },
  };
  const faulty = unreliable(subscriptions, screens);
  const [a, b, c, d] = ["A", "B", "C", "D"].map((each) => `${name}${each}`) as [
    string,
    string,
    string,
    string,
  ];
  const ids = { first: `${name}-1=`, second: `${name}-2=`, alone: `${name}-3=`, closing: `${name}-4=` };
  const open = new Map(Object.values(ids).map((id) => [id, screens.open(id)]));
  const screenOf = (id: string) => open.get(id) ?? expect.fail(`Expected ${id} to be open.`);
  const sendAs = (ports: FanOutPorts, id: string, message: Message) => send(ports, id, screenOf(id), message);
  const post = (ports: FanOutPorts, names: readonly string[], priceCents: number, directWatchers = 100) => {
    const prices = tickersOf(...names).map((ticker) => ({ ticker, priceCents }));
    return publish(ports, { prices, connectionIds: [] }, new Date(), directWatchers);
  };

  for (const id of Object.values(ids)) await connect(reliable, id, new Date());
  await changeBasket(reliable, name, tickersOf(a), 100);
  await post(reliable, [a, b, c, d], 1);
  for (const id of [ids.first, ids.second, ids.closing])
    await sendAs(reliable, id, { action: "user", id: name });
  await sendAs(reliable, ids.alone, { action: "watch", tickers: [b], baskets: [name] });

  const watches = { tickers: tickersOf(d), baskets: [name] };
  await Promise.all([
    ignoreKill(sendAs(faulty, ids.closing, { action: "watch", tickers: [a, b] })),
    ignoreKill(sendAs(faulty, ids.alone, { action: "watch", tickers: [c] })),
    ignoreKill(sendAs(faulty, ids.first, { action: "watch", tickers: [c] })),
    ignoreKill(changeBasket(faulty, name, tickersOf(c, d), 100)),
    ignoreKill(addToList(faulty, name, watches)),
    ignoreKill(post(faulty, [a, b], 2)),
    ignoreKill(post(faulty, [c, d], 3, 0)),
  ]);
  // The requester of the list change has closed, and others change the same list and basket.
  screenOf(ids.closing).isOpen = false;
  await disconnect(reliable, ids.closing);
  open.delete(ids.closing);
  await ignoreKill(sendAs(faulty, ids.second, { action: "watch", tickers: [d] }));
  await ignoreKill(removeFromList(faulty, name, { tickers: tickersOf(b), baskets: [] }));
  await ignoreKill(changeBasket(faulty, name, tickersOf(b, d), 100));
  await ignoreKill(post(faulty, [b], 4));

  for (const [id, screen] of open) await send(reliable, id, screen, screen.syncMessage);
  for (const [id, screen] of open) {
    const stored = await subscriptions.watched(id);
    const versions = new Map(stored?.quotes.map(({ ticker, version }) => [ticker as string, version]));
    const included = stored?.baskets.flatMap(({ tickers }) => tickers) ?? [];
    const rows = new Set<string>([...(stored?.tickers ?? []), ...included]);
    const expected = Object.fromEntries([...rows].sort().map((row) => [row, versions.get(row) ?? 0]));
    expect(screen.shown, id).toEqual(expected);
  }
}

test(`every row of every client equals the store after one sync, in ${ROUNDS} rounds of lost messages and killed Lambdas`, {
  timeout: 60_000 + ROUNDS * 500,
}, async () => {
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    await using lambda = openGraph(graph);
    for (let round = lane; round < ROUNDS; round += LANES) await playRound(lambda.subscriptions, `R${round}`);
  });
  await Promise.all(lanes);
});
