import { describe, expect, test } from "vitest";
import type { PostOutcome } from "#lambdas/connections/connections.ts";
import type { Subscriptions, Watched } from "#lambdas/graph/subscriptions.ts";
import { parseMessage } from "#lambdas/watch/message.ts";
import type { UserAccess } from "#lambdas/watch/user-access.ts";
import { answer, connect, disconnect } from "#lambdas/watch/watch.ts";
import { AT, quote, sockets, streamOf, subscriptionsWith, tickers, wireQuote } from "#support/ports.ts";

/*
 * Graph requests, posts and response of each message, over fake ports. A real graph is tested in
 * test/contracts, races between flows in test/flows.
 */
const SELF = "a=";

/** Results of the fake ports. The last element of a list repeats. */
interface Given {
  readonly watched?: readonly (Partial<Watched> | undefined)[];
  /** The list of the user. @default the last of `watched` */
  readonly list?: Partial<Watched>;
  /** The result of each `watch` write. */
  readonly isWatching?: readonly boolean[];
  readonly connectionsOf?: readonly (readonly string[])[];
  readonly outcomeOf?: (connectionId: string) => PostOutcome;
  readonly userAccess?: UserAccess;
}

const nth = <Value>(values: readonly Value[], n: number): Value | undefined =>
  values[Math.min(n, values.length - 1)];

/** The response to a message over ports that record their calls in order. */
async function send(message: Readonly<Record<string, unknown>>, given: Given = {}) {
  const calls: string[] = [];
  let writes = 0;
  let reads = 0;
  const { watched = [{}], isWatching = [true] } = given;
  const format = ({ connectionId, userId }: { connectionId: string; userId?: string }) =>
    userId === undefined ? connectionId : `${connectionId} of ${userId}`;
  const subscriptions: Subscriptions = subscriptionsWith({
    async isConnected(connectionId) {
      calls.push(`is connected ${connectionId}`);
      return watched[0] !== undefined;
    },
    async watch(owner, its, limits) {
      calls.push(
        `watch ${format(owner)} ${its.tickers};${its.baskets} in ${limits.watches}, ${limits.baskets}`,
      );
      return nth(isWatching, writes++) ?? false;
    },
    async unwatch(owner, its) {
      calls.push(`unwatch ${format(owner)} ${its.tickers};${its.baskets}`);
    },
    async attach(connectionId, userId) {
      calls.push(`attach ${connectionId} to ${userId}`);
      return watched[0] !== undefined;
    },
    async watched(connectionId) {
      calls.push(`read ${connectionId}`);
      const now = nth(watched, reads++);
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
    async deleteConnection() {},
  });
  const { connections, posted, closed } = sockets(given.outcomeOf, () => true);
  const parsed = parseMessage(`${message["action"]}`, JSON.stringify(message));
  const { userAccess = OPEN } = given;
  const reply = await answer({ subscriptions, connections }, SELF, parsed, userAccess);
  return { reply, calls, posted, closed };
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

describe("watch and unwatch without a user", () => {
  test("watch makes two graph requests and returns the last prices of the requested tickers", async () => {
    const watched = { tickers: tickers("A", "B"), quotes: [quote("A", 7), quote("B")] };
    expect(await send(WATCH, { watched: [watched] })).toEqual({
      reply: list(SELF, { watching: ["A", "B"], quotes: [wireQuote("A", 7)] }),
      calls: [WRITE, "read a="],
      posted: [],
      closed: [],
    });
  });

  test("watch of a basket returns the prices of that basket only", async () => {
    const watched = {
      tickers: tickers("A"),
      baskets: [
        { name: "one", version: 2, tickers: tickers("B", "C") },
        { name: "two", version: 3, tickers: tickers("C", "D") },
      ],
      quotes: [quote("A"), quote("B"), quote("C"), quote("D")],
    };
    const { reply, calls } = await send({ action: "watch", baskets: ["one"] }, { watched: [watched] });
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

  test("unwatch makes two graph requests and returns no prices", async () => {
    const watched = { tickers: tickers("B"), quotes: [quote("B")] };
    expect(await send(UNWATCH, { watched: [watched] })).toEqual({
      reply: list(SELF, { watching: ["B"], quotes: [] }),
      calls: ["unwatch a= A;", "read a="],
      posted: [],
      closed: [],
    });
  });

  test("watch above the limit of a connection returns too-many with the current numbers", async () => {
    const watched = {
      tickers: tickers("B", "C"),
      baskets: [{ name: "one", version: 1, tickers: tickers("D") }],
    };
    const { reply, calls } = await send(WATCH, { watched: [watched], isWatching: [false] });
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

describe("watch and unwatch of a user's connection", () => {
  const watched = [{ user: ANN, tickers: tickers("A", "B"), quotes: [quote("A"), quote("B")] }];

  test("watch repeats both requests for the user, then posts to the user's other connections", async () => {
    const given = {
      watched,
      isWatching: [false, true],
      connectionsOf: [
        ["b=", SELF],
        ["c=", "b="],
      ],
    };
    const its = { watching: ["A", "B"], user: ANN, quotes: [wireQuote("A")] };
    expect(await send({ ...WATCH, request: "r1" }, given)).toEqual({
      reply: list(SELF, { ...its, request: "r1" }),
      calls: [WRITE, "read a=", WRITE_OF_ANN, "read of Ann", "connections of Ann"],
      // Without `request`, because it is not a response to them.
      posted: [
        ["b=", list("b=", its)],
        ["c=", list("c=", its)],
      ],
      closed: [],
    });
  });

  test("unwatch changes the user's list, and posts it without prices to the other connections", async () => {
    const its = { watching: ["A", "B"], user: ANN, quotes: [] };
    expect(await send(UNWATCH, { watched, connectionsOf: [[SELF, "b="]] })).toEqual({
      reply: list(SELF, its),
      calls: ["unwatch a= A;", "read a=", "unwatch a= of Ann A;", "read of Ann", "connections of Ann"],
      posted: [["b=", list("b=", its)]],
      closed: [],
    });
  });

  test("watch above the limit of a user returns too-many with the current numbers, and posts nothing", async () => {
    const { reply, posted } = await send(WATCH, { watched, isWatching: [false] });
    expect(reply).toEqual({
      action: "error",
      code: "too-many",
      message:
        "Expected at most 500 tickers and baskets a user, and at most 20 baskets; " +
        "this one watches 2 tickers and 0 baskets.",
    });
    expect(posted).toEqual([]);
  });

  test("watch above the limit returns internal when the connection was attached to another user", async () => {
    const other = { user: { id: "bob", version: 1 } };
    const given: Given = { watched: [{ user: ANN }, other], isWatching: [false, false] };
    const { reply } = await send({ action: "watch", tickers: ["A"] }, given);
    expect(reply).toMatchObject({ action: "error", code: "internal" });
  });

  test.each([
    ["is gone", "gone", []],
    ["cannot be reached, and is closed", "unreachable", ["b="]],
  ] as const)(
    "watch returns the list when another connection of the user %s",
    async (_what, outcome, closedOnes) => {
      const given: Given = {
        watched,
        isWatching: [false, true],
        connectionsOf: [[SELF, "b="]],
        outcomeOf: () => outcome,
      };
      const { reply, closed } = await send(WATCH, given);
      expect(reply).toMatchObject({ action: "quotes", watching: ["A", "B"] });
      expect(closed).toEqual(closedOnes);
    },
  );

  test.each([WATCH, UNWATCH])(
    "%j returns internal when another connection of the user could be neither reached nor closed",
    async (message) => {
      const given: Given = {
        watched,
        isWatching: [false, true],
        connectionsOf: [[SELF, "b=", "c="]],
        outcomeOf: (id) => (id === "b=" ? "forbidden" : "delivered"),
      };
      const { reply, posted } = await send({ ...message, request: "r1" }, given);
      expect(reply).toEqual({
        action: "error",
        code: "internal",
        message: "The list was changed, but not sent to all connections of the user. Send the message again.",
        request: "r1",
      });
      expect(posted.map(([id]) => id)).toEqual(["b=", "c="]);
    },
  );

  test.each([
    [WATCH, WRITE_OF_ANN, [wireQuote("A")]],
    [UNWATCH, "unwatch a= of Ann A;", []],
  ])(
    "%j posts to the other connections when the requesting one is gone by then",
    async (message, write, quotes) => {
      const given: Given = {
        watched: [{ user: ANN }, undefined],
        list: { user: ANN, tickers: tickers("A"), quotes: [quote("A")] },
        isWatching: [false, true],
        connectionsOf: [["b="]],
      };
      const { calls, posted } = await send(message, given);
      expect(calls.slice(2)).toEqual([write, "read of Ann", "connections of Ann", "is connected a="]);
      expect(posted[0]).toEqual(["b=", list("b=", { watching: ["A"], user: ANN, quotes })]);
    },
  );

  test("watch posts to the first user's connections and returns internal when the user has changed", async () => {
    const given: Given = {
      watched: [{ user: ANN }],
      isWatching: [false, true],
      connectionsOf: [["b="]],
    };
    const { reply, posted } = await send(WATCH, given);
    expect(reply).toMatchObject({ action: "error", code: "internal" });
    expect(posted.map(([id]) => id)).toEqual(["b="]);
  });

  test("watch posts more than 500 prices to the other connections in parts", async () => {
    const names = Array.from({ length: 501 }, (_, n) => `T${String(n).padStart(3, "0")}`);
    const many = {
      user: ANN,
      tickers: tickers("A"),
      baskets: [{ name: "one", version: 1, tickers: tickers(...names) }],
      quotes: names.map((name) => quote(name)),
    };
    const given = { watched: [many], isWatching: [false, true], connectionsOf: [[SELF, "b="]] };
    const { posted } = await send({ action: "watch", baskets: ["one"] }, given);
    expect(posted.map(([id, message]) => [id, (message as { quotes: unknown[] }).quotes.length])).toEqual([
      ["b=", 500],
      ["b=", 1],
      [SELF, 1],
    ]);
    expect(posted[1]).toEqual(["b=", list("b=", { quotes: [wireQuote("T500")] })]);
  });
});

describe("user", () => {
  const USER = { action: "user", id: "Ann", request: "r1" };

  test("user makes two graph requests and returns the whole list with all prices", async () => {
    const watched = {
      user: ANN,
      tickers: tickers("A"),
      baskets: [{ name: "one", version: 2, tickers: tickers("B") }],
      quotes: [quote("A"), quote("B")],
    };
    expect(await send(USER, { watched: [watched] })).toEqual({
      reply: list(SELF, {
        request: "r1",
        watching: ["A"],
        baskets: [{ name: "one", version: 2, tickers: ["B"] }],
        user: ANN,
        quotes: [wireQuote("A"), wireQuote("B")],
      }),
      calls: ["attach a= to Ann", "read a="],
      posted: [],
      closed: [],
    });
  });

  test("user without a token returns unauthorized where a token is required", async () => {
    expect(await send(USER, { userAccess: CLOSED })).toEqual({
      reply: {
        action: "error",
        code: "unauthorized",
        message: "This service does not accept a user id without a token of that user.",
        request: "r1",
      },
      calls: ["is connected a="],
      posted: [],
      closed: [],
    });
  });

  test("user is accepted with a $connect token of that user, and not with one of another user", async () => {
    const withTokenOf = (tokenUser: string) => send(USER, { userAccess: { ...CLOSED, tokenUser } });
    expect((await withTokenOf("Ann")).calls).toEqual(["attach a= to Ann", "read a="]);
    expect((await withTokenOf("Bob")).calls).toEqual(["is connected a="]);
  });
});

describe("authorize", () => {
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
    posted: [],
    closed: [],
  });

  test("authorize attaches the connection to the user of the token", async () => {
    verified.length = 0;
    expect(await send(TOKEN, { userAccess, watched: [{ user: ANN, quotes: [quote("A")] }] })).toEqual({
      reply: {
        action: "quotes",
        "connection-id": "a=",
        request: "r1",
        watching: [],
        user: ANN,
        quotes: [wireQuote("A")],
      },
      calls: ["attach a= to Ann", "read a="],
      posted: [],
      closed: [],
    });
    expect(verified).toEqual(["ann's token for ticker-watch:watch"]);
  });

  test("authorize with a rejected token returns the reason and changes nothing", async () => {
    expect(await send({ ...TOKEN, token: "old" }, { userAccess })).toEqual(
      refused("The token has expired. Get a new one."),
    );
  });

  test("authorize returns unauthorized where tokens cannot be verified, also with open access", async () => {
    for (const access of [CLOSED, OPEN]) {
      expect(await send(TOKEN, { userAccess: access })).toEqual(
        refused("This service takes tokens only when a connection opens."),
      );
    }
  });
});

describe("response with more than 500 prices", () => {
  const names = Array.from({ length: 1_001 }, (_, n) => `T${String(n).padStart(4, "0")}`);
  const watched = [{ user: ANN, quotes: names.map((name) => quote(name)) }];
  const USER = { action: "user", id: "Ann", request: "r1" };
  const wire = (from: number, to: number) => names.slice(from, to).map((name) => wireQuote(name));

  test("a response with more than 500 prices is the first part; the others are posted before it", async () => {
    const { reply, posted } = await send(USER, { watched });
    expect(reply).toEqual(list(SELF, { request: "r1", watching: [], user: ANN, quotes: wire(0, 500) }));
    expect(posted).toEqual([
      [SELF, list(SELF, { quotes: wire(500, 1_000) })],
      [SELF, list(SELF, { quotes: wire(1_000, 1_001) })],
    ]);
  });

  test("a response with more than 500 prices is an error when a part could not be posted", async () => {
    const { reply, posted } = await send(USER, { watched, outcomeOf: () => "forbidden" });
    expect(reply).toEqual({
      action: "error",
      code: "internal",
      message: "Not all prices could be sent. Send the message again.",
      request: "r1",
    });
    expect(posted).toHaveLength(1);
  });
});

test("ping returns its name without a graph request", async () => {
  expect(await send({ action: "ping", name: "page" })).toEqual({
    reply: { action: "pong", name: "page" },
    calls: [],
    posted: [],
    closed: [],
  });
});

test("sync makes one graph read and returns the newer quotes and the request", async () => {
  const watched = { tickers: tickers("A", "B"), quotes: [quote("A", 7), quote("B", 2)] };
  expect(
    await send({ action: "sync", quotes: { A: 6, B: 2 }, request: "r1" }, { watched: [watched] }),
  ).toEqual({
    reply: list(SELF, { request: "r1", watching: ["A", "B"], quotes: [wireQuote("A", 7)] }),
    calls: ["read a="],
    posted: [],
    closed: [],
  });
});

test("an invalid message returns its error with the request", async () => {
  const { reply, calls } = await send({ action: "watch", tickers: ["A B"], request: "r1" });
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
  "%j (access: %j) of a connection that is not in the graph posts unknown-connection and closes it",
  async (message, userAccess, calls) => {
    expect(await send({ ...message }, { watched: [undefined], isWatching: [false], userAccess })).toEqual({
      reply: undefined,
      calls,
      posted: [
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

test("connect stores an expiry in two hours, and disconnect deletes the connection at any age", async () => {
  const calls: unknown[] = [];
  const subscriptions = subscriptionsWith({
    async connect(connection) {
      calls.push(connection);
    },
    async deleteConnection(...args) {
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
