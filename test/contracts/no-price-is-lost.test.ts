import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GremlinServer, startGremlinServer } from "#emulator/neptune/gremlin-server.ts";
import type { FanOutPorts } from "#lambdas/delivery/fan-out.ts";
import type { Subscriptions } from "#lambdas/graph/subscriptions.ts";
import { parseQueuedNotification } from "#lambdas/notify/notification.ts";
import { notify } from "#lambdas/notify/notify.ts";
import { changeBasket } from "#lambdas/operate/change-basket.ts";
import { publish } from "#lambdas/publish/publish.ts";
import { parseMessage } from "#lambdas/watch/message.ts";
import { answer, connect, disconnect } from "#lambdas/watch/watch.ts";
import { parseTicker, type Ticker } from "#protocol/quote.ts";
import { openGraph } from "#support/graph.ts";
import { Screens, waitRandomTurns } from "#support/screen.ts";

/*
 * The delivery guarantee of docs/architecture.md over a real graph, under races. Each flow has its own graph connection, and posts
 * arrive late, reordered and twice. Does not prove the same for Neptune; faults are tested in graph-faults.test.ts.
 */
const ROUNDS = Number(process.env["ROUNDS"] ?? 2_000);
const LANES = 4;
const OPERATIONS = 7;

let directory: string;
let server: GremlinServer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "ticker-watch-graph-"));
  server = await startGremlinServer({ directory });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const tickersOf = (...names: readonly string[]): readonly Ticker[] =>
  names.map((name) => parseTicker(name) ?? expect.fail(`Expected ${name} to be a ticker.`));

/** The ports of a Lambda with a separate graph connection. Queued batches are delivered immediately by `notify`. */
function openLambda(screens: Screens): FanOutPorts & AsyncDisposable {
  const graph = openGraph(server);
  const { subscriptions } = graph;
  const pages = {
    async send(texts: readonly string[]): Promise<void> {
      for (const text of texts) {
        const parsed = parseQueuedNotification(text);
        if (!parsed.ok) throw new Error(parsed.problem);
        expect(await notify({ subscriptions, connections: screens }, parsed.notification)).toBe("done");
      }
    },
  };
  return { subscriptions, connections: screens, pages, [Symbol.asyncDispose]: graph[Symbol.asyncDispose] };
}

/** Sends a message as a client, which gets the answer some turns later. */
async function send(
  ports: FanOutPorts,
  screens: ReturnType<Screens["open"]>,
  connectionId: string,
  message: { readonly action: string; readonly [field: string]: unknown },
): Promise<void> {
  const reply = await answer(ports, connectionId, parseMessage(message.action, JSON.stringify(message)), {
    isOpen: true,
  });
  await waitRandomTurns();
  if (reply) screens.receive(reply);
}

/** `ports` that call `onWatch` after each write to a user list. */
function afterWatching(ports: FanOutPorts, onWatch: () => Promise<void>): FanOutPorts {
  const subscriptions = new Proxy(ports.subscriptions, {
    get(target, name: keyof Subscriptions) {
      const method = target[name].bind(target);
      if (name !== "watch") return method;
      return async (...args: Parameters<Subscriptions["watch"]>) => {
        const isWatching = await target.watch(...args);
        if (args[0].userId !== undefined) await onWatch();
        return isWatching;
      };
    },
  });
  return { ...ports, subscriptions };
}

async function playRound(lambdas: readonly FanOutPorts[], screens: Screens, name: string, isQueued: boolean) {
  const [first, second, third, fourth, fifth, sixth, seventh] = lambdas as [
    FanOutPorts,
    FanOutPorts,
    FanOutPorts,
    FanOutPorts,
    FanOutPorts,
    FanOutPorts,
    FanOutPorts,
  ];
  const directWatchers = isQueued ? 0 : 100;
  const [a, b, c, d, e] = tickersOf(`${name}A`, `${name}B`, `${name}C`, `${name}D`, `${name}E`) as [
    Ticker,
    Ticker,
    Ticker,
    Ticker,
    Ticker,
  ];
  const ids = {
    attached: `${name}-1=`,
    attaching: `${name}-2=`,
    alone: `${name}-3=`,
    leaving: `${name}-4=`,
    askingAndLeaving: `${name}-5=`,
  };
  const screensOf = Object.fromEntries(
    Object.values(ids).map((id) => [id, screens.open(id)] as const),
  ) as Record<string, ReturnType<Screens["open"]>>;
  const sendAs = (ports: FanOutPorts, id: string, message: Parameters<typeof send>[3]) =>
    send(ports, screensOf[id] ?? expect.fail(id), id, message);
  const now = new Date();
  const publishAll = (priceCents: number) =>
    publish(
      fifth,
      { prices: [a, b, c, d, e].map((ticker) => ({ ticker, priceCents })), connectionIds: [] },
      now,
      directWatchers,
    );

  await Promise.all(Object.values(ids).map((id) => connect(first, id, now)));
  await changeBasket(first, name, [a], directWatchers);
  await publishAll(1);
  for (const id of [ids.attached, ids.askingAndLeaving]) {
    await sendAs(first, id, { action: "user", id: name });
  }
  await sendAs(first, ids.attached, { action: "watch", tickers: [b], baskets: [name] });
  await sendAs(first, ids.alone, { action: "watch", tickers: [c], baskets: [name] });
  await sendAs(first, ids.leaving, { action: "watch", tickers: [a], baskets: [name] });

  const listChange =
    Math.random() < 0.5 ? { action: "watch", tickers: [c] } : { action: "unwatch", tickers: [b] };
  const leave = async (ports: FanOutPorts, id: string) => {
    const screen = screensOf[id];
    if (screen) screen.isOpen = false;
    await disconnect(ports, id);
  };
  await Promise.all([
    sendAs(first, ids.attaching, { action: "user", id: name }),
    sendAs(second, ids.attached, listChange),
    changeBasket(third, name, Math.random() < 0.5 ? [a, d] : [d], directWatchers),
    leave(fourth, ids.leaving),
    publishAll(2),
    sendAs(
      afterWatching(sixth, () => leave(seventh, ids.askingAndLeaving)),
      ids.askingAndLeaving,
      { action: "watch", tickers: [e] },
    ),
  ]);

  const { subscriptions } = first;
  for (const id of [ids.attached, ids.attaching, ids.alone]) {
    const watched = await subscriptions.watched(id);
    if (!watched) throw new Error(`Expected ${id} to be connected.`);
    const versions = watched.quotes.map(({ ticker, version }) => [ticker, version] as const);
    expect(screensOf[id]?.shown).toEqual(Object.fromEntries(versions));
    // The second publish of the round has the time of the first.
    expect(versions.every(([, version]) => version === now.getTime() + 1)).toBe(true);
  }
  for (const id of [ids.leaving, ids.askingAndLeaving])
    expect(await subscriptions.isConnected(id)).toBe(false);
}

test(`attach, list change, basket change, disconnect and publish race in ${ROUNDS} rounds, and every screen shows the last prices`, {
  timeout: 60_000 + ROUNDS * 60,
}, async () => {
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    const screens = new Screens();
    const lambdas = Array.from({ length: OPERATIONS }, () => openLambda(screens));
    for (let round = lane; round < ROUNDS; round += LANES) {
      await playRound(lambdas, screens, `R${round}`, round % 8 < 4);
    }
    await Promise.all(lambdas.map((lambda) => lambda[Symbol.asyncDispose]()));
  });
  await Promise.all(lanes);
});
