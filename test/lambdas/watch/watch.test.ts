import { describe, expect, test } from "vitest";
import type { PostOutcome } from "#lambdas/connections/connections.ts";
import type { Subscriptions, Watched } from "#lambdas/graph/subscriptions.ts";
import { parseMessage } from "#lambdas/watch/message.ts";
import type { UserAccess } from "#lambdas/watch/user-access.ts";
import { answer, connect, disconnect } from "#lambdas/watch/watch.ts";
import { AT, quote, sockets, streamOf, subscriptionsWith, tickers, wireQuote } from "#support/ports.ts";

/*
 * What a message asks of the graph, and what is answered, over a graph that answers as told. That it is a real graph's answer
 * is for test/contracts to show; that nothing is lost between two flows that race, for test/flows.
 */
const SELF = "a=";

/** What the graph says is watched, one after the other, and the last for ever. */
interface Given {
  readonly watched?: readonly (Partial<Watched> | undefined)[];
  /** What is on the user's list. Default: the last of `watched`. */
  readonly list?: Partial<Watched>;
  /** Whether each write of edges was done. */
  readonly isWatching?: readonly boolean[];
  readonly connectionsOf?: readonly (readonly string[])[];
  readonly outcomeOf?: (connectionId: string) => PostOutcome;
  readonly userAccess?: UserAccess;
}

const turn = <Value>(values: readonly Value[], n: number): Value | undefined =>
  values[Math.min(n, values.length - 1)];

/** Asks for something over ports that note, in order, what they are asked. */
async function ask(message: Readonly<Record<string, unknown>>, given: Given = {}) {
  const calls: string[] = [];
  let writes = 0;
  let reads = 0;
  const { watched = [{}], isWatching = [true] } = given;
  const said = ({ connectionId, userId }: { connectionId: string; userId?: string }) =>
    userId === undefined ? connectionId : `${connectionId} of ${userId}`;
  const subscriptions: Subscriptions = subscriptionsWith({
    async isConnected(connectionId) {
      calls.push(`is connected ${connectionId}`);
      return watched[0] !== undefined;
    },
    async watch(owner, its, limits) {
      calls.push(
        `watch ${said(owner)} ${its.tickers};${its.baskets} in ${limits.watches}, ${limits.baskets}`,
      );
      return turn(isWatching, writes++) ?? false;
    },
    async unwatch(owner, its) {
      calls.push(`unwatch ${said(owner)} ${its.tickers};${its.baskets}`);
    },
    async attach(connectionId, userId) {
      calls.push(`attach ${connectionId} to ${userId}`);
      return watched[0] !== undefined;
    },
    async watched(connectionId) {
      calls.push(`read ${connectionId}`);
      const now = turn(watched, reads++);
      return now && { tickers: [], baskets: [], quotes: [], ...now };
    },
    async user(userId) {
      calls.push(`read of ${userId}`);
      return { tickers: [], baskets: [], quotes: [], ...(given.list ?? watched.at(-1)) };
    },
    connectionsOf(userId) {
      calls.push(`connections of ${userId}`);
      return streamOf(...(given.connectionsOf ?? []));
    },
    async forget() {},
  });
  const { connections, told, closed } = sockets(given.outcomeOf, () => true);
  const parsed = parseMessage(`${message["action"]}`, JSON.stringify(message));
  const { userAccess = OPEN } = given;
  const reply = await answer({ subscriptions, connections }, SELF, parsed, userAccess);
  return { reply, calls, told, closed };
}

const OPEN: UserAccess = { isOpen: true };
const CLOSED: UserAccess = { isOpen: false };

const ANN = { id: "Ann", version: 4 };
const WATCH = { action: "watch", tickers: ["A"] };
const UNWATCH = { action: "unwatch", tickers: ["A"] };
const WRITE = "watch a= A; in 500, 20";
const WRITE_OF_ANN = "watch a= of Ann A; in 500, 20";

const list = (connectionId: string, rest: object) => ({
  action: "quotes",
  "connection-id": connectionId,
  ...rest,
});

describe("a connection by itself", () => {
  test("watches in two requests, and is answered with the last prices of what it asked for", async () => {
    const watched = { tickers: tickers("A", "B"), quotes: [quote("A", 7), quote("B")] };
    expect(await ask(WATCH, { watched: [watched] })).toEqual({
      reply: list(SELF, { watching: ["A", "B"], quotes: [wireQuote("A", 7)] }),
      calls: [WRITE, "read a="],
      told: [],
      closed: [],
    });
  });

  test("is answered with the prices of the baskets that it asked for, and of no others", async () => {
    const watched = {
      tickers: tickers("A"),
      baskets: [
        { name: "one", version: 2, tickers: tickers("B", "C") },
        { name: "two", version: 3, tickers: tickers("C", "D") },
      ],
      quotes: [quote("A"), quote("B"), quote("C"), quote("D")],
    };
    const { reply, calls } = await ask({ action: "watch", baskets: ["one"] }, { watched: [watched] });
    expect(calls).toEqual(["watch a= ;one in 500, 20", "read a="]);
    expect(reply).toEqual(
      list(SELF, {
        watching: ["A"],
        baskets: [
          { name: "one", version: 2, tickers: ["B", "C"] },
          { name: "two", version: 3, tickers: ["C", "D"] },
        ],
        quotes: [wireQuote("B"), wireQuote("C")],
      }),
    );
  });

  test("unwatches in two requests, and is answered without prices", async () => {
    const watched = { tickers: tickers("B"), quotes: [quote("B")] };
    expect(await ask(UNWATCH, { watched: [watched] })).toEqual({
      reply: list(SELF, { watching: ["B"], quotes: [] }),
      calls: ["unwatch a= A;", "read a="],
      told: [],
      closed: [],
    });
  });

  test("that would watch too much is told how much it watches", async () => {
    const watched = {
      tickers: tickers("B", "C"),
      baskets: [{ name: "one", version: 1, tickers: tickers("D") }],
    };
    const { reply, calls } = await ask(WATCH, { watched: [watched], isWatching: [false] });
    expect(calls).toEqual([WRITE, "read a="]);
    expect(reply).toEqual({
      action: "error",
      code: "too-many",
      message:
        "Expected at most 500 tickers and baskets a connection, and at most 20 baskets; " +
        "this one watches 2 tickers and 1 baskets.",
    });
  });
});

describe("a connection of a user", () => {
  const watched = [{ user: ANN, tickers: tickers("A", "B"), quotes: [quote("A"), quote("B")] }];

  test("watches for the user: the same two requests again, then the others are told", async () => {
    const given = {
      watched,
      isWatching: [false, true],
      connectionsOf: [
        ["b=", SELF],
        ["c=", "b="],
      ],
    };
    const its = { watching: ["A", "B"], user: ANN, quotes: [wireQuote("A")] };
    expect(await ask({ ...WATCH, request: "r1" }, given)).toEqual({
      reply: list(SELF, { ...its, request: "r1" }),
      calls: [WRITE, "read a=", WRITE_OF_ANN, "read of Ann", "connections of Ann"],
      // Not an answer to them, so without the request.
      told: [
        ["b=", list("b=", its)],
        ["c=", list("c=", its)],
      ],
      closed: [],
    });
  });

  test("unwatches for the user, and the others are told without prices", async () => {
    const its = { watching: ["A", "B"], user: ANN, quotes: [] };
    expect(await ask(UNWATCH, { watched, connectionsOf: [[SELF, "b="]] })).toEqual({
      reply: list(SELF, its),
      calls: ["unwatch a= A;", "read a=", "unwatch a= of Ann A;", "read of Ann", "connections of Ann"],
      told: [["b=", list("b=", its)]],
      closed: [],
    });
  });

  test("that would watch too much is told how much the user watches, and nobody else is told", async () => {
    const { reply, told } = await ask(WATCH, { watched, isWatching: [false] });
    expect(reply).toEqual({
      action: "error",
      code: "too-many",
      message:
        "Expected at most 500 tickers and baskets a user, and at most 20 baskets; " +
        "this one watches 2 tickers and 0 baskets.",
    });
    expect(told).toEqual([]);
  });

  test("that was given another user meanwhile is told to repeat, not that it watches too much", async () => {
    const other = { user: { id: "bob", version: 1 } };
    const given: Given = { watched: [{ user: ANN }, other], isWatching: [false, false] };
    const { reply } = await ask({ action: "watch", tickers: ["A"] }, given);
    expect(reply).toMatchObject({ action: "error", code: "internal" });
  });

  test.each([
    ["is gone", "gone", []],
    ["cannot be reached, and is closed", "unreachable", ["b="]],
  ] as const)("is answered when another one %s", async (_what, outcome, closedOnes) => {
    const given: Given = {
      watched,
      isWatching: [false, true],
      connectionsOf: [[SELF, "b="]],
      outcomeOf: () => outcome,
    };
    const { reply, closed } = await ask(WATCH, given);
    expect(reply).toMatchObject({ action: "quotes", watching: ["A", "B"] });
    expect(closed).toEqual(closedOnes);
  });

  test.each([WATCH, UNWATCH])(
    "is told to repeat %j when another one could not be settled",
    async (message) => {
      const given: Given = {
        watched,
        isWatching: [false, true],
        connectionsOf: [[SELF, "b=", "c="]],
        outcomeOf: (id) => (id === "b=" ? "forbidden" : "delivered"),
      };
      const { reply, told } = await ask({ ...message, request: "r1" }, given);
      expect(reply).toEqual({
        action: "error",
        code: "internal",
        message:
          "The list has changed, but not all connections of the user could be told. Send the message again.",
        request: "r1",
      });
      expect(told.map(([id]) => id)).toEqual(["b=", "c="]);
    },
  );

  test.each([
    [WATCH, WRITE_OF_ANN, [wireQuote("A")]],
    [UNWATCH, "unwatch a= of Ann A;", []],
  ])("that is gone as soon as it has asked %j leaves the others told", async (message, write, quotes) => {
    const given: Given = {
      watched: [{ user: ANN }, undefined],
      list: { user: ANN, tickers: tickers("A"), quotes: [quote("A")] },
      isWatching: [false, true],
      connectionsOf: [["b="]],
    };
    const { calls, told } = await ask(message, given);
    expect(calls.slice(2)).toEqual([write, "read of Ann", "connections of Ann", "is connected a="]);
    expect(told[0]).toEqual(["b=", list("b=", { watching: ["A"], user: ANN, quotes })]);
  });

  test("that was given another user while it asked is told to repeat, and those of the first one are told", async () => {
    const given: Given = {
      watched: [{ user: ANN }],
      isWatching: [false, true],
      connectionsOf: [["b="]],
    };
    const { reply, told } = await ask(WATCH, given);
    expect(reply).toMatchObject({ action: "error", code: "internal" });
    expect(told.map(([id]) => id)).toEqual(["b="]);
  });

  test("tells the others of more than 500 prices in parts", async () => {
    const names = Array.from({ length: 501 }, (_, n) => `T${String(n).padStart(3, "0")}`);
    const many = {
      user: ANN,
      tickers: tickers("A"),
      baskets: [{ name: "one", version: 1, tickers: tickers(...names) }],
      quotes: names.map((name) => quote(name)),
    };
    const given = { watched: [many], isWatching: [false, true], connectionsOf: [[SELF, "b="]] };
    const { told } = await ask({ action: "watch", baskets: ["one"] }, given);
    expect(told.map(([id, message]) => [id, (message as { quotes: unknown[] }).quotes.length])).toEqual([
      ["b=", 500],
      ["b=", 1],
      [SELF, 1],
    ]);
    expect(told[1]).toEqual(["b=", list("b=", { quotes: [wireQuote("T500")] })]);
  });
});

describe("a user", () => {
  const USER = { action: "user", id: "Ann", request: "r1" };

  test("gets a connection in two requests, which is answered with the whole list and all its prices", async () => {
    const watched = {
      user: ANN,
      tickers: tickers("A"),
      baskets: [{ name: "one", version: 2, tickers: tickers("B") }],
      quotes: [quote("A"), quote("B")],
    };
    expect(await ask(USER, { watched: [watched] })).toEqual({
      reply: list(SELF, {
        request: "r1",
        watching: ["A"],
        baskets: [{ name: "one", version: 2, tickers: ["B"] }],
        user: ANN,
        quotes: [wireQuote("A"), wireQuote("B")],
      }),
      calls: ["attach a= to Ann", "read a="],
      told: [],
      closed: [],
    });
  });

  test("is not taken at their word where a token is needed", async () => {
    expect(await ask(USER, { userAccess: CLOSED })).toEqual({
      reply: {
        action: "error",
        code: "unauthorized",
        message: "This service does not take a user's name without that user's token.",
        request: "r1",
      },
      calls: ["is connected a="],
      told: [],
      closed: [],
    });
  });

  test("is taken at their word where the connection came with that user's token, and not with another's", async () => {
    const withTokenOf = (tokenUser: string) => ask(USER, { userAccess: { ...CLOSED, tokenUser } });
    expect((await withTokenOf("Ann")).calls).toEqual(["attach a= to Ann", "read a="]);
    expect((await withTokenOf("Bob")).calls).toEqual(["is connected a="]);
  });
});

describe("a token", () => {
  const TOKEN = { action: "authorize", token: "ann's token", request: "r1" };
  const verified: string[] = [];
  const userAccess: UserAccess = {
    ...CLOSED,
    verifyToken: async (token, audience) => {
      verified.push(`${token} for ${audience}`);
      return token === "ann's token"
        ? { ok: true, subject: "Ann", expiresAt: new Date(AT) }
        : { ok: false, problem: "The token has expired. Get a new one." };
    },
  };
  const refused = (message: string) => ({
    reply: { action: "error", code: "unauthorized", message, request: "r1" },
    calls: ["is connected a="],
    told: [],
    closed: [],
  });

  test("makes the connection one of the user that it names", async () => {
    verified.length = 0;
    expect(await ask(TOKEN, { userAccess, watched: [{ user: ANN, quotes: [quote("A")] }] })).toEqual({
      reply: {
        action: "quotes",
        "connection-id": "a=",
        request: "r1",
        watching: [],
        user: ANN,
        quotes: [wireQuote("A")],
      },
      calls: ["attach a= to Ann", "read a="],
      told: [],
      closed: [],
    });
    expect(verified).toEqual(["ann's token for ticker-watch:watch"]);
  });

  test("that is refused changes nothing, and is answered with the reason", async () => {
    expect(await ask({ ...TOKEN, token: "old" }, { userAccess })).toEqual(
      refused("The token has expired. Get a new one."),
    );
  });

  test("that cannot be verified here is refused, also where everybody may be anybody", async () => {
    for (const access of [CLOSED, OPEN]) {
      expect(await ask(TOKEN, { userAccess: access })).toEqual(
        refused("This service takes tokens only when a connection opens."),
      );
    }
  });
});

describe("an answer with more than 500 prices", () => {
  const names = Array.from({ length: 1_001 }, (_, n) => `T${String(n).padStart(4, "0")}`);
  const watched = [{ user: ANN, quotes: names.map((name) => quote(name)) }];
  const USER = { action: "user", id: "Ann", request: "r1" };
  const wire = (from: number, to: number) => names.slice(from, to).map((name) => wireQuote(name));

  test("is the first part, and the others are sent before it", async () => {
    const { reply, told } = await ask(USER, { watched });
    expect(reply).toEqual(list(SELF, { request: "r1", watching: [], user: ANN, quotes: wire(0, 500) }));
    expect(told).toEqual([
      [SELF, list(SELF, { quotes: wire(500, 1_000) })],
      [SELF, list(SELF, { quotes: wire(1_000, 1_001) })],
    ]);
  });

  test("is an error when a part could not be sent", async () => {
    const { reply, told } = await ask(USER, { watched, outcomeOf: () => "forbidden" });
    expect(reply).toEqual({
      action: "error",
      code: "internal",
      message: "Not all prices could be sent. Ask again.",
      request: "r1",
    });
    expect(told).toHaveLength(1);
  });
});

test("returns the name of a ping without a request to the graph", async () => {
  expect(await ask({ action: "ping", name: "page" })).toEqual({
    reply: { action: "pong", name: "page" },
    calls: [],
    told: [],
    closed: [],
  });
});

test("answers a sync in one read, with the request and the quotes that are newer than those held", async () => {
  const watched = { tickers: tickers("A", "B"), quotes: [quote("A", 7), quote("B", 2)] };
  expect(
    await ask({ action: "sync", quotes: { A: 6, B: 2 }, request: "r1" }, { watched: [watched] }),
  ).toEqual({
    reply: list(SELF, { request: "r1", watching: ["A", "B"], quotes: [wireQuote("A", 7)] }),
    calls: ["read a="],
    told: [],
    closed: [],
  });
});

test("a message that is wrong is answered with what is wrong, and its request", async () => {
  const { reply, calls } = await ask({ action: "watch", tickers: ["A B"], request: "r1" });
  expect(reply).toEqual({
    action: "error",
    code: "bad-ticker",
    message:
      'Expected each of `tickers` to be 1 to 32 of A-Z 0-9 . - ^ = _ / : &, starting with a letter, digit, ^ or ., got "A B".',
    request: "r1",
  });
  expect(calls).toEqual(["is connected a="]);
});

test.each<[object, UserAccess, readonly string[]]>([
  [WATCH, OPEN, [WRITE, "read a="]],
  [UNWATCH, OPEN, ["unwatch a= A;", "read a="]],
  [{ action: "user", id: "Ann" }, OPEN, ["attach a= to Ann", "read a="]],
  [{ action: "user", id: "Ann" }, CLOSED, ["is connected a="]],
  [{ action: "authorize", token: "x" }, CLOSED, ["is connected a="]],
  [{ action: "sync" }, OPEN, ["read a="]],
  [{ action: "watch" }, OPEN, ["is connected a="]],
])(
  "after %j (users: %s) a connection that is not known is told so, and closed",
  async (message, userAccess, asked) => {
    expect(await ask({ ...message }, { watched: [undefined], isWatching: [false], userAccess })).toEqual({
      reply: undefined,
      calls: asked,
      told: [
        [
          SELF,
          {
            action: "error",
            code: "unknown-connection",
            message: "This connection is not known any more. Connect again.",
          },
        ],
      ],
      closed: [SELF],
    });
  },
);

test("a connection is remembered with its end, two hours later, and forgotten without a condition", async () => {
  const calls: unknown[] = [];
  const subscriptions = subscriptionsWith({
    async connect(connection) {
      calls.push(connection);
    },
    async forget(...args) {
      calls.push(args);
    },
  });
  const ports = { subscriptions, connections: sockets().connections };
  await connect(ports, SELF, new Date(AT));
  await disconnect(ports, SELF);
  expect(calls).toEqual([
    { id: SELF, connectedAt: new Date(AT), expiresAt: new Date("2026-11-21T03:02:03.456Z") },
    [SELF],
  ]);
});
