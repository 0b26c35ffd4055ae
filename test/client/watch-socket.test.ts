/**
 * A client with its own list, over Node's WebSocket against a real server, on a manual clock. Does not prove how a
 * browser's socket behaves when the network fails, or that the service answers like this.
 */
import { expect, test } from "vitest";
import type { Entry } from "#client/entry.ts";
import { OwnListRequests } from "#client/own-list-requests.ts";
import { ANSWER_TIMEOUT_MS, SILENCE_MS, STALE_AFTER_MS, SYNC_INTERVAL_MS } from "#client/watch-session.ts";
import { CONNECT_TIMEOUT_MS, REPLACE_AGE_MS } from "#client/watch-socket.ts";
import { type FeedConnection, quote } from "../page/feed.ts";
import { Inbox } from "../page/inbox.ts";
import {
  emptySync,
  live,
  ping,
  setUpSocket,
  silent,
  unanswered,
  unwatch,
  watch,
} from "../page/socket-setup.ts";

const entries = (...names: string[]) => names as Entry[];
/** The middle of 0.75 to 1 × the interval: random numbers are always 0.5 in these tests. */
const KEEP_ALIVE_MS = 0.875 * SYNC_INTERVAL_MS;
const apiGatewayError = { message: "Internal server error", connectionId: "feed=", requestId: "r=" };

async function setUp(...names: string[]) {
  const requests = new OwnListRequests();
  requests.watch(entries(...names));
  return await setUpSocket(requests);
}

/** A connected client whose first watch was answered. */
async function setUpLive(...names: string[]) {
  const all = await setUp(...names);
  const connection = await all.feed.connections.next();
  await answerWatch(connection, ...names);
  await all.statuses.until(live);
  return { ...all, connection };
}

async function answerWatch(connection: FeedConnection, ...names: string[]) {
  expect(await connection.messages.next()).toStrictEqual(watch(...names));
  connection.answer(names);
}

test("offers the subprotocol, watches all tickers in one message, and is live after the answer", async () => {
  const { feed, statuses, events } = await setUp("AAPL", "GOOG");
  const connection = await feed.connections.next();
  expect(connection.subprotocol).toBe("ticker-watch");
  expect(await connection.messages.next()).toStrictEqual(watch("AAPL", "GOOG"));
  connection.answer(["AAPL", "GOOG"], quote("AAPL", 2400, 1), quote("GOOG", 31_300, 1));
  expect(await statuses.next()).toStrictEqual({ state: "connecting" });
  expect(await statuses.next()).toStrictEqual(live);
  expect(await events.next()).toBe("new socket");
  expect(await events.next()).toBe("AAPL 2400, GOOG 31300");
});

test("splits a watch above the message limit into consecutive messages", async () => {
  const names = Array.from({ length: 250 }, (_, i) => `T${i}`);
  const { feed, statuses } = await setUp(...names);
  const connection = await feed.connections.next();
  for (const from of [0, 100, 200]) {
    expect(await connection.messages.next()).toStrictEqual(watch(...names.slice(from, from + 100)));
    connection.answer(names.slice(0, from + 100).sort());
  }
  await statuses.until(live);
});

test("watches an added ticker and unwatches a removed one", async () => {
  const { socket, connection } = await setUpLive("AAPL");
  socket.watch(entries("GOOG"));
  expect(await connection.messages.next()).toStrictEqual(watch("GOOG"));
  connection.answer(["AAPL", "GOOG"]);
  socket.unwatch("AAPL" as Entry);
  expect(await connection.messages.next()).toStrictEqual(unwatch("AAPL"));
});

test("watches a ticker again that was removed and added while another request was in flight", async () => {
  const { socket, connection } = await setUpLive("AAPL");
  socket.watch(entries("GOOG"));
  socket.unwatch("AAPL" as Entry);
  socket.watch(entries("AAPL"));
  expect(await connection.messages.next()).toStrictEqual(watch("GOOG"));
  connection.answer(["AAPL", "GOOG"]);
  expect(await connection.messages.next()).toStrictEqual(watch("AAPL"));
});

test("pings at once with an empty list and is live after the answer", async () => {
  const { feed, statuses } = await setUp();
  const connection = await feed.connections.next();
  expect(await connection.messages.next()).toStrictEqual(ping);
  connection.pong();
  await statuses.until(live);
});

test("sends only sync at each keep-alive while hidden", async () => {
  const { clock, statuses, socket, connection } = await setUpLive("AAPL");
  socket.setVisible(false);
  for (const _ of [1, 2, 3]) {
    clock.advance(KEEP_ALIVE_MS);
    expect(await connection.messages.next()).toStrictEqual(emptySync);
    connection.answer(["AAPL"]);
    await statuses.until(live);
  }
  expect(connection.messages.take()).toStrictEqual([]);
});

test("passes on prices and notices and ignores invalid frames", async () => {
  const { events, connection } = await setUpLive("AAPL");
  for (const text of ["", "null", "[1]", "<html>", '{"action":"quotes","quotes":7}', '{"action":"dance"}']) {
    connection.sendText(text);
  }
  connection.send({ action: "notice", message: "Closing early." });
  connection.sendQuotes(quote("AAPL", 2500, 2));
  expect([await events.next(), await events.next(), await events.next(), await events.next()]).toStrictEqual([
    "new socket",
    "",
    "notice: Closing early.",
    "AAPL 2500",
  ]);
});

test.each([
  ["a watch", ["AAPL"], watch("AAPL")],
  ["a ping", [], ping],
])("repeats %s after a timeout and replaces the socket after three", async (_, names, request) => {
  const { feed, clock, statuses } = await setUp(...names);
  const connection = await feed.connections.next();
  for (const isLast of [false, false, true]) {
    expect(await connection.messages.next()).toStrictEqual(request);
    clock.advance(ANSWER_TIMEOUT_MS);
    await statuses.until(isLast ? { state: "waiting", delayMs: 250, wasOpen: true } : unanswered);
  }
  clock.advance(250);
  expect(await (await feed.connections.next()).messages.next()).toStrictEqual(request);
});

test.each([
  ["an error of API Gateway", apiGatewayError],
  ["an internal error", { action: "error", code: "internal", message: "Send the message again." }],
])("repeats the request after %s, including entries added in the meantime", async (_, failure) => {
  const { feed, clock, statuses, socket } = await setUp("AAPL");
  const connection = await feed.connections.next();
  await connection.messages.next();
  connection.send(failure);
  await statuses.until(unanswered);
  socket.watch(entries("GOOG"));
  clock.advance(250);
  await answerWatch(connection, "AAPL", "GOOG");
  await statuses.until(live);
});

test("resets the failure count with each answer", async () => {
  const { clock, statuses, socket, connection } = await setUpLive("AAPL");
  for (const name of ["GOOG", "MSFT"]) {
    socket.watch(entries(name));
    for (const _ of [1, 2]) {
      await connection.messages.next();
      clock.advance(ANSWER_TIMEOUT_MS);
      await statuses.until(unanswered);
    }
    await connection.messages.next();
    connection.answer(["AAPL", "GOOG", name]);
    await statuses.until(live);
  }
});

test("uses a new request id per attempt and accepts only answers with that id", async () => {
  const { feed, clock, statuses, events } = await setUp("AAPL");
  const connection = await feed.connections.next();
  await connection.messages.next();
  clock.advance(ANSWER_TIMEOUT_MS);
  await connection.messages.next();
  await statuses.until(unanswered);
  expect(new Set(connection.requests).size).toBe(2);

  connection.answerTo(connection.requests[0], ["AAPL"], quote("AAPL", 2400, 1));
  connection.send({ action: "pong", name: connection.requests[0] });
  connection.send({ action: "pong", name: "page" });
  connection.sendQuotes(quote("AAPL", 2500, 2));
  await events.until("AAPL 2400");
  await events.until("AAPL 2500");
  clock.advance(ANSWER_TIMEOUT_MS);
  expect(await statuses.next()).toStrictEqual(unanswered);

  await connection.messages.next();
  connection.answer(["AAPL"]);
  expect(await statuses.next()).toStrictEqual(live);
});

test("ignores a late error", async () => {
  const { feed, clock, statuses, events } = await setUp("AAPL");
  const connection = await feed.connections.next();
  await connection.messages.next();
  clock.advance(ANSWER_TIMEOUT_MS);
  await connection.messages.next();
  const [request] = connection.requests;
  connection.send({ action: "error", code: "too-many", message: "Expected less.", request });
  connection.send({ action: "error", code: "internal", message: "Send it again.", request });
  connection.sendQuotes(quote("AAPL", 2400, 1));
  expect([await events.next(), await events.next()]).toStrictEqual(["new socket", "AAPL 2400"]);
  connection.answer(["AAPL"]);
  await statuses.until(live);
});

test("treats an error without a request id as the answer to the request in flight", async () => {
  const { feed, statuses, events } = await setUp("AAPL");
  const connection = await feed.connections.next();
  await connection.messages.next();
  connection.send({ action: "error", code: "bad-message", message: "Expected more." });
  await events.until("refused: Expected more.");
  await statuses.until(live);
});

test("watches and unwatches baskets together with tickers", async () => {
  const { feed, statuses, socket } = await setUp("AAPL", "@FAANG", "@Banks");
  const connection = await feed.connections.next();
  expect(await connection.messages.next()).toStrictEqual({
    action: "watch",
    tickers: ["AAPL"],
    baskets: ["FAANG", "Banks"],
  });
  const [faang, banks] = ["FAANG", "Banks"].map((name) => ({ name, version: 1, tickers: ["META"] }));
  connection.answer({ watching: ["AAPL"], baskets: [banks, faang] as never });
  await statuses.until(live);
  socket.unwatch("@FAANG");
  expect(await connection.messages.next()).toStrictEqual({ action: "unwatch", baskets: ["FAANG"] });
  connection.answer({ watching: ["AAPL"], baskets: [banks] as never });
  await statuses.until(live);
  socket.wake();
  expect(await connection.messages.next()).toStrictEqual(ping);
});

test("sends at most 20 baskets in one message", async () => {
  const names = Array.from({ length: 21 }, (_, i) => `B${i}`);
  const { feed } = await setUp(...names.map((name) => `@${name}`));
  const connection = await feed.connections.next();
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", baskets: names.slice(0, 20) });
  connection.answer({
    watching: [],
    baskets: names.slice(0, 20).map((name) => ({ name, version: 0, tickers: [] })),
  });
  expect(await connection.messages.next()).toStrictEqual({ action: "watch", baskets: ["B20"] });
});

test("watches an entry again that is missing in an answer", async () => {
  const { socket, connection } = await setUpLive("AAPL", "GOOG");
  socket.watch(entries("MSFT"));
  await connection.messages.next();
  connection.answer(["GOOG", "MSFT"]);
  expect(await connection.messages.next()).toStrictEqual(watch("AAPL"));
});

test("unwatches an entry of an answer that is not on the list", async () => {
  const { socket, connection } = await setUpLive("AAPL");
  socket.watch(entries("MSFT"));
  await connection.messages.next();
  connection.answer(["AAPL", "GOOG", "MSFT"]);
  expect(await connection.messages.next()).toStrictEqual(unwatch("GOOG"));
});

test("uses a new socket to watch an entry again whose unwatch timed out and may still execute", async () => {
  const { feed, clock, statuses, socket, connection } = await setUpLive("AAPL", "GOOG");
  socket.unwatch("AAPL" as Entry);
  expect(await connection.messages.next()).toStrictEqual(unwatch("AAPL"));
  clock.advance(ANSWER_TIMEOUT_MS);
  expect(await connection.messages.next()).toStrictEqual(unwatch("AAPL"));
  connection.answer(["GOOG"]);
  await statuses.until(live);
  socket.watch(entries("AAPL"));
  await connection.closed;
  clock.advance(250);
  await answerWatch(await feed.connections.next(), "GOOG", "AAPL");
});

test("watches an entry again on the same socket after a late answer to its unwatch", async () => {
  const { clock, statuses, socket, connection } = await setUpLive("AAPL", "GOOG");
  socket.unwatch("AAPL" as Entry);
  await connection.messages.next();
  clock.advance(ANSWER_TIMEOUT_MS);
  await connection.messages.next();
  connection.answerTo(connection.requests.at(-2), ["GOOG"]);
  connection.answer(["GOOG"]);
  await statuses.until(live);
  socket.watch(entries("AAPL"));
  expect(await connection.messages.next()).toStrictEqual(watch("AAPL"));
});

test("watches an entry again at once when a late answer shows that it was undone", async () => {
  const { clock, statuses, socket, connection } = await setUpLive("AAPL", "GOOG");
  socket.watch(entries("MSFT"));
  await connection.messages.next();
  clock.advance(ANSWER_TIMEOUT_MS);
  await connection.messages.next();
  connection.answer(["AAPL", "GOOG", "MSFT"]);
  await statuses.until(live);
  connection.answerTo(connection.requests.at(-2), ["AAPL", "GOOG"]);
  expect(await connection.messages.next()).toStrictEqual(watch("MSFT"));
});

test("reconnects after the error unknown-connection", async () => {
  const { feed, clock, connection } = await setUpLive("AAPL");
  connection.send({ action: "error", code: "unknown-connection", message: "Connect again." });
  await connection.closed;
  clock.advance(250);
  await answerWatch(await feed.connections.next(), "AAPL");
});

test("shows the error of a rejected watch and does not repeat it", async () => {
  const { events, statuses, socket, connection } = await setUpLive("AAPL");
  socket.watch(entries("GOOG"));
  await connection.messages.next();
  connection.refuse("too-many", "Expected less.");
  await events.until("refused: Expected less.");
  await statuses.until(live);
  socket.watch(entries("MSFT"));
  expect(await connection.messages.next()).toStrictEqual(watch("MSFT"));
  connection.answer(["AAPL", "MSFT"]);
  await statuses.until(live);
  socket.wake();
  expect(await connection.messages.next()).toStrictEqual(ping);
});

test("does not repeat a rejected unwatch", async () => {
  const { events, statuses, socket, connection } = await setUpLive("AAPL", "GOOG");
  socket.unwatch("GOOG" as Entry);
  await connection.messages.next();
  connection.refuse("not-implemented", "Not here.");
  await events.until("refused: Not here.");
  await statuses.until(live);
  socket.wake();
  expect(await connection.messages.next()).toStrictEqual(ping);
});

test("backs off exponentially up to 15 s and resets the backoff after a working socket", async () => {
  const { feed, clock, statuses, connection } = await setUpLive("AAPL");
  feed.isRefusing = true;
  connection.close();
  await statuses.until({ state: "waiting", delayMs: 250, wasOpen: true });
  for (const delayMs of [500, 1000, 2000, 4000, 7500, 7500]) {
    clock.advance(15_000);
    await statuses.until({ state: "waiting", delayMs, wasOpen: false });
  }
  feed.isRefusing = false;
  clock.advance(7499);
  clock.advance(1);
  const next = await feed.connections.next();
  await answerWatch(next, "AAPL");
  await statuses.until(live);
  next.close();
  await statuses.until({ state: "waiting", delayMs: 250, wasOpen: true });
});

test("reports each new socket, whose versions start again", async () => {
  const { feed, clock, statuses, events, connection } = await setUpLive("AAPL");
  connection.close();
  await statuses.until({ state: "waiting", delayMs: 250, wasOpen: true });
  clock.advance(250);
  await feed.connections.next();
  expect([await events.next(), await events.next(), await events.next()]).toStrictEqual([
    "new socket",
    "",
    "new socket",
  ]);
});

test("closes a socket that does not open and uses the first backoff for the next", async () => {
  const { clock, statuses } = await setUp("AAPL");
  for (const _ of [1, 2, 3]) {
    clock.advance(CONNECT_TIMEOUT_MS);
    await statuses.until({ state: "waiting", delayMs: 250, wasOpen: false });
    clock.advance(250);
    await statuses.until({ state: "connecting" });
  }
});

test("replaces a socket before API Gateway's connection limit without a delay", async () => {
  const { feed, clock, statuses, socket, connection } = await setUpLive("AAPL");
  socket.setVisible(false);
  const syncs = Math.floor((REPLACE_AGE_MS.from + REPLACE_AGE_MS.to) / 2 / KEEP_ALIVE_MS);
  for (let sent = 1; sent <= syncs; sent += 1) {
    clock.advance(KEEP_ALIVE_MS);
    await connection.messages.next();
    connection.answer(["AAPL"]);
    await statuses.until(live);
  }
  clock.advance(KEEP_ALIVE_MS);
  await connection.closed;
  await answerWatch(await feed.connections.next(), "AAPL");
});

test("ignores messages of a replaced socket", async () => {
  const { feed, clock, events, connection } = await setUpLive("AAPL");
  connection.sendQuotes(quote("AAPL", 1, 1));
  await events.until("AAPL 1");
  connection.send({ action: "error", code: "unknown-connection", message: "Connect again." });
  connection.sendQuotes(quote("AAPL", 2, 2));
  await connection.closed;
  clock.advance(250);
  const next = await feed.connections.next();
  next.sendQuotes(quote("AAPL", 3, 1));
  expect([await events.next(), await events.next()]).toStrictEqual(["new socket", "AAPL 3"]);
});

test("does not carry an unanswered request's timeout over to a new socket", async () => {
  const { feed, clock, statuses, socket } = await setUp("AAPL");
  const connection = await feed.connections.next();
  await connection.messages.next();
  connection.close();
  await statuses.until({ state: "waiting", delayMs: 250, wasOpen: true });
  clock.advance(250);
  const next = await feed.connections.next();
  await answerWatch(next, "AAPL");
  await statuses.until(live);
  clock.advance(3 * ANSWER_TIMEOUT_MS);
  socket.watch(entries("GOOG"));
  expect(await next.messages.next()).toStrictEqual(watch("GOOG"));
});

test("wake reconnects at once while waiting", async () => {
  const { feed, statuses, socket, connection } = await setUpLive("AAPL");
  connection.close();
  await statuses.until({ state: "waiting", delayMs: 250, wasOpen: true });
  socket.wake();
  await answerWatch(await feed.connections.next(), "AAPL");
});

test("wake sends a ping, then a sync, on an open socket", async () => {
  const { statuses, socket, connection } = await setUpLive("AAPL");
  socket.wake();
  expect(await connection.messages.next()).toStrictEqual(ping);
  connection.pong();
  expect(await connection.messages.next()).toStrictEqual(emptySync);
  expect(statuses.take()).toStrictEqual([]);
  connection.answer(["AAPL"]);
  await statuses.until(live);
});

test("pings after 30 s of silence while visible and is live after the answer", async () => {
  const { clock, statuses, connection } = await setUpLive("AAPL");
  for (const _ of [1, 2]) {
    clock.advance(SILENCE_MS - 1);
    expect(connection.messages.take()).toStrictEqual([]);
    clock.advance(1);
    expect(await connection.messages.next()).toStrictEqual(ping);
    connection.pong();
    await statuses.until(live);
  }
});

test("sends no ping while messages arrive", async () => {
  const { clock, events, connection } = await setUpLive("AAPL");
  for (let version = 1; version <= 5; version += 1) {
    clock.advance(SILENCE_MS - 1);
    connection.sendQuotes(quote("AAPL", version, version));
    await events.until(`AAPL ${version}`);
  }
  expect(connection.messages.take()).toStrictEqual([]);
});

test("reports silence 2 s after an unanswered ping and replaces the socket after 5 s", async () => {
  const { feed, clock, statuses, connection } = await setUpLive("AAPL");
  clock.advance(SILENCE_MS);
  expect(await connection.messages.next()).toStrictEqual(ping);
  clock.advance(STALE_AFTER_MS - 1);
  expect(statuses.take()).toStrictEqual([]);
  clock.advance(1);
  expect(statuses.take()).toStrictEqual([silent]);
  clock.advance(ANSWER_TIMEOUT_MS - STALE_AFTER_MS);
  expect(statuses.take()).toStrictEqual([{ state: "waiting", delayMs: 250, wasOpen: true }]);
  clock.advance(250);
  await answerWatch(await feed.connections.next(), "AAPL");
  await statuses.until(live);
});

test("wake replaces a dead socket after 5 s", async () => {
  const { clock, statuses, socket, connection } = await setUpLive("AAPL");
  socket.wake();
  expect(await connection.messages.next()).toStrictEqual(ping);
  clock.advance(ANSWER_TIMEOUT_MS);
  expect(statuses.take()).toStrictEqual([silent, { state: "waiting", delayMs: 250, wasOpen: true }]);
});

test("keeps a socket that receives prices without answering a ping, and repeats the ping", async () => {
  const { clock, statuses, events, socket, connection } = await setUpLive("AAPL");
  socket.wake();
  expect(await connection.messages.next()).toStrictEqual(ping);
  connection.sendQuotes(quote("AAPL", 2400, 1));
  await events.until("AAPL 2400");
  clock.advance(ANSWER_TIMEOUT_MS);
  expect(await connection.messages.next()).toStrictEqual(ping);
  connection.pong();
  expect(await connection.messages.next()).toStrictEqual(emptySync);
  connection.answer(["AAPL"]);
  expect(await statuses.next()).toStrictEqual(unanswered);
  expect(await statuses.next()).toStrictEqual(live);
});

test("sends no ping while hidden, and pings again when visible", async () => {
  const { clock, socket, connection } = await setUpLive("AAPL");
  socket.setVisible(false);
  clock.advance(2 * SILENCE_MS);
  socket.setVisible(true);
  clock.advance(SILENCE_MS - 1);
  expect(connection.messages.take()).toStrictEqual([]);
  clock.advance(1);
  expect(await connection.messages.next()).toStrictEqual(ping);
});

test("stays connected with growing delays while only sync fails", async () => {
  const { clock, statuses, socket, connection } = await setUpLive("AAPL");
  socket.setVisible(false);
  clock.advance(KEEP_ALIVE_MS);
  for (const pauseMs of [250, 500, 1000, 2000, 4000, 7500, 7500]) {
    expect(await connection.messages.next()).toStrictEqual(emptySync);
    connection.refuse("internal", "Send the message again.");
    await statuses.until(unanswered);
    clock.advance(pauseMs);
  }
  expect(await connection.messages.next()).toStrictEqual(emptySync);
  connection.answer(["AAPL"]);
  await statuses.until(live);
});

test("treats not-implemented for sync as an answer without changes", async () => {
  const { clock, statuses, events, socket, connection } = await setUpLive("AAPL");
  socket.setVisible(false);
  clock.advance(KEEP_ALIVE_MS);
  expect(await connection.messages.next()).toStrictEqual(emptySync);
  connection.refuse("not-implemented", "Expected `action` to be watch.");
  await statuses.until(live);
  expect(events.take()).toStrictEqual(["new socket", ""]);
});

test("opens no socket after a failure until the probe succeeds", async () => {
  const answers = [false, false, true];
  const probes = new Inbox<boolean>();
  const requests = new OwnListRequests();
  requests.watch(entries("AAPL"));
  const { feed, clock, statuses } = await setUpSocket(requests, {
    async isReachable() {
      const isUp = answers.shift() ?? true;
      probes.push(isUp);
      return isUp;
    },
  });
  const connection = await feed.connections.next();
  expect(probes.take()).toStrictEqual([]);
  feed.offers.take();
  connection.close();
  await statuses.until({ state: "waiting", delayMs: 250, wasOpen: true });
  clock.advance(250);
  await statuses.until({ state: "waiting", delayMs: 500, wasOpen: false, isOffline: true });
  clock.advance(500);
  await statuses.until({ state: "waiting", delayMs: 1000, wasOpen: false, isOffline: true });
  expect(feed.offers.take()).toStrictEqual([]);
  clock.advance(1000);
  await answerWatch(await feed.connections.next(), "AAPL");
  expect(probes.take()).toStrictEqual([false, false, true]);
});

test("probes at intervals of at most 10 s and opens a socket every fourth time", async () => {
  const { feed, clock, statuses } = await setUpSocket(new OwnListRequests(), {
    isReachable: async () => false,
  });
  const connection = await feed.connections.next();
  feed.isRefusing = true;
  connection.close();
  await statuses.until({ state: "waiting", delayMs: 250, wasOpen: true });
  const delays: number[] = [];
  for (let count = 0; count < 9; count += 1) {
    clock.advance(15_000);
    for (;;) {
      const status = await statuses.next();
      if (status.state !== "waiting") continue;
      delays.push(status.isOffline ? status.delayMs : -status.delayMs);
      break;
    }
  }
  // Negative delays follow a socket.
  expect(delays).toStrictEqual([500, 1000, 2000, -4000, 5000, 5000, 5000, -7500, 5000]);
});

test("opens a socket after every fourth failed probe", async () => {
  const { feed, clock, statuses } = await setUpSocket(new OwnListRequests(), {
    isReachable: async () => false,
  });
  const connection = await feed.connections.next();
  feed.offers.take();
  connection.close();
  await statuses.until({ state: "waiting", delayMs: 250, wasOpen: true });
  for (const [after, next] of [
    [250, 500],
    [500, 1000],
    [1000, 2000],
  ] as const) {
    clock.advance(after);
    await statuses.until({ state: "waiting", delayMs: next, wasOpen: false, isOffline: true });
  }
  expect(feed.offers.take()).toStrictEqual([]);
  clock.advance(2000);
  await feed.connections.next();
});

test("opens no socket when stopped during a probe", async () => {
  const probe = Promise.withResolvers<boolean>();
  const { feed, clock, statuses, socket } = await setUpSocket(new OwnListRequests(), {
    isReachable: () => probe.promise,
  });
  const connection = await feed.connections.next();
  feed.offers.take();
  connection.close();
  await statuses.until({ state: "waiting", delayMs: 250, wasOpen: true });
  clock.advance(250);
  socket.stop();
  probe.resolve(true);
  await probe.promise;
  expect(feed.offers.take()).toStrictEqual([]);
});

test("stays disconnected after stop and connects again after start", async () => {
  const { feed, clock, socket, connection } = await setUpLive("AAPL");
  socket.stop();
  await connection.closed;
  socket.wake();
  clock.advance(REPLACE_AGE_MS.to);
  socket.watch(entries("GOOG"));
  socket.start();
  await answerWatch(await feed.connections.next(), "AAPL", "GOOG");
});

test("reads the subprotocols before each socket", async () => {
  const offers = [["ticker-watch", "a.b.c"], ["ticker-watch"]];
  const { feed, clock, statuses } = await setUpSocket(new OwnListRequests(), { offer: () => offers.shift() });
  const connection = await feed.connections.next();
  expect([connection.subprotocol, await feed.offers.next()]).toStrictEqual([
    "ticker-watch",
    ["ticker-watch", "a.b.c"],
  ]);
  connection.close();
  await statuses.until({ state: "waiting", delayMs: 250, wasOpen: true });
  clock.advance(250);
  await feed.connections.next();
  expect(await feed.offers.next()).toStrictEqual(["ticker-watch"]);
});

test("opens no socket without subprotocols until start", async () => {
  let offer: string[] | undefined = ["ticker-watch"];
  const { feed, clock, statuses, socket } = await setUpSocket(new OwnListRequests(), { offer: () => offer });
  const connection = await feed.connections.next();
  offer = undefined;
  connection.close();
  await statuses.until({ state: "waiting", delayMs: 250, wasOpen: true });
  clock.advance(250);
  expect(await statuses.next()).toStrictEqual({ state: "signed-out" });
  socket.wake();
  clock.advance(REPLACE_AGE_MS.to);
  expect([feed.connections.take(), statuses.take()]).toStrictEqual([[], []]);
  offer = ["ticker-watch"];
  socket.start();
  await feed.connections.next();
});
