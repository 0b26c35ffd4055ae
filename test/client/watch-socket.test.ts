/**
 * A page with a list of its own (user-agenda.test.ts has that of a user).
 *
 * Node's own WebSocket against a real server, on a clock that the tests move. Does not prove how a browser's socket
 * behaves when the network goes (page.browser.test.ts has a server that ends), nor that the service answers like this.
 */
import { expect, test } from "vitest";
import type { Entry } from "#client/entry.ts";
import { OwnListRequests } from "#client/own-agenda.ts";
import { ANSWER_TIMEOUT_MS, SILENCE_MS, STALE_AFTER_MS, SYNC_INTERVAL_MS } from "#client/watch-dialogue.ts";
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
/** At random between three quarters of the interval and all of it; random numbers are always a half here. */
const KEEP_ALIVE_MS = 0.875 * SYNC_INTERVAL_MS;
const apiGatewayError = { message: "Internal server error", connectionId: "feed=", requestId: "r=" };

async function setUp(...names: string[]) {
  const requests = new OwnListRequests();
  requests.watch(entries(...names));
  return await setUpSocket(requests);
}

/** The same, connected and with its first watch answered. */
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

test("offers the subprotocol, watches all tickers in one message, and is live when that is answered", async () => {
  const { feed, statuses, news } = await setUp("AAPL", "GOOG");
  const connection = await feed.connections.next();
  expect(connection.subprotocol).toBe("ticker-watch");
  expect(await connection.messages.next()).toStrictEqual(watch("AAPL", "GOOG"));
  connection.answer(["AAPL", "GOOG"], quote("AAPL", 2400, 1), quote("GOOG", 31_300, 1));
  expect(await statuses.next()).toStrictEqual({ state: "connecting" });
  expect(await statuses.next()).toStrictEqual(live);
  expect(await news.next()).toBe("new socket");
  expect(await news.next()).toBe("AAPL 2400, GOOG 31300");
});

test("watches more than a message may name in several messages, one after the other", async () => {
  const names = Array.from({ length: 250 }, (_, i) => `T${i}`);
  const { feed, statuses } = await setUp(...names);
  const connection = await feed.connections.next();
  for (const from of [0, 100, 200]) {
    expect(await connection.messages.next()).toStrictEqual(watch(...names.slice(from, from + 100)));
    connection.answer(names.slice(0, from + 100).sort());
  }
  await statuses.until(live);
});

test("asks for a ticker that is added, and gives back one that is dropped", async () => {
  const { socket, connection } = await setUpLive("AAPL");
  socket.watch(entries("GOOG"));
  expect(await connection.messages.next()).toStrictEqual(watch("GOOG"));
  connection.answer(["AAPL", "GOOG"]);
  socket.unwatch("AAPL" as Entry);
  expect(await connection.messages.next()).toStrictEqual(unwatch("AAPL"));
});

test("asks again for a ticker that is dropped and added while another request is answered", async () => {
  const { socket, connection } = await setUpLive("AAPL");
  socket.watch(entries("GOOG"));
  socket.unwatch("AAPL" as Entry);
  socket.watch(entries("AAPL"));
  expect(await connection.messages.next()).toStrictEqual(watch("GOOG"));
  connection.answer(["AAPL", "GOOG"]);
  expect(await connection.messages.next()).toStrictEqual(watch("AAPL"));
});

test("pings at once when there is nothing to watch, and is live when that is answered", async () => {
  const { feed, statuses } = await setUp();
  const connection = await feed.connections.next();
  expect(await connection.messages.next()).toStrictEqual(ping);
  connection.pong();
  await statuses.until(live);
});

test("sends sync instead of a ping at each keep-alive while it is hidden, and nothing else", async () => {
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

test("passes prices and notices on as they come, and makes nothing of frames that it does not understand", async () => {
  const { news, connection } = await setUpLive("AAPL");
  for (const text of ["", "null", "[1]", "<html>", '{"action":"quotes","quotes":7}', '{"action":"dance"}']) {
    connection.sendText(text);
  }
  connection.send({ action: "notice", message: "Closing early." });
  connection.sendQuotes(quote("AAPL", 2500, 2));
  expect([await news.next(), await news.next(), await news.next(), await news.next()]).toStrictEqual([
    "new socket",
    "",
    "notice: Closing early.",
    "AAPL 2500",
  ]);
});

test.each([
  ["a watch", ["AAPL"], watch("AAPL")],
  ["a ping", [], ping],
])(
  "repeats %s that is not answered in time, and replaces the socket after three",
  async (_, names, request) => {
    const { feed, clock, statuses } = await setUp(...names);
    const connection = await feed.connections.next();
    for (const isLast of [false, false, true]) {
      expect(await connection.messages.next()).toStrictEqual(request);
      clock.advance(ANSWER_TIMEOUT_MS);
      await statuses.until(isLast ? { state: "waiting", delayMs: 250, wasOpen: true } : unanswered);
    }
    clock.advance(250);
    expect(await (await feed.connections.next()).messages.next()).toStrictEqual(request);
  },
);

test.each([
  ["API Gateway's own error", apiGatewayError],
  ["an internal error", { action: "error", code: "internal", message: "Send the message again." }],
])("repeats after %s, with what was added in the meantime", async (_, failure) => {
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

test("counts the failures of a request from the last answer on", async () => {
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

test("names each attempt anew, and takes for an answer only what has its name", async () => {
  const { feed, clock, statuses, news } = await setUp("AAPL");
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
  await news.until("AAPL 2400");
  await news.until("AAPL 2500");
  clock.advance(ANSWER_TIMEOUT_MS);
  expect(await statuses.next()).toStrictEqual(unanswered);

  await connection.messages.next();
  connection.answer(["AAPL"]);
  expect(await statuses.next()).toStrictEqual(live);
});

test("makes nothing of an error that comes late", async () => {
  const { feed, clock, statuses, news } = await setUp("AAPL");
  const connection = await feed.connections.next();
  await connection.messages.next();
  clock.advance(ANSWER_TIMEOUT_MS);
  await connection.messages.next();
  const [request] = connection.requests;
  connection.send({ action: "error", code: "too-many", message: "Expected less.", request });
  connection.send({ action: "error", code: "internal", message: "Send it again.", request });
  connection.sendQuotes(quote("AAPL", 2400, 1));
  expect([await news.next(), await news.next()]).toStrictEqual(["new socket", "AAPL 2400"]);
  connection.answer(["AAPL"]);
  await statuses.until(live);
});

test("takes an error without a name for the answer to what is in flight", async () => {
  const { feed, statuses, news } = await setUp("AAPL");
  const connection = await feed.connections.next();
  await connection.messages.next();
  connection.send({ action: "error", code: "bad-message", message: "Expected more." });
  await news.until("refused: Expected more.");
  await statuses.until(live);
});

test("asks for baskets beside tickers, and gives them back", async () => {
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

test("asks for no more baskets in one message than the service takes", async () => {
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

test("watches again what an answer shows not to be watched any more", async () => {
  const { socket, connection } = await setUpLive("AAPL", "GOOG");
  socket.watch(entries("MSFT"));
  await connection.messages.next();
  connection.answer(["GOOG", "MSFT"]);
  expect(await connection.messages.next()).toStrictEqual(watch("AAPL"));
});

test("gives back what an answer shows to be watched and nobody wants", async () => {
  const { socket, connection } = await setUpLive("AAPL");
  socket.watch(entries("MSFT"));
  await connection.messages.next();
  connection.answer(["AAPL", "GOOG", "MSFT"]);
  expect(await connection.messages.next()).toStrictEqual(unwatch("GOOG"));
});

test("watches on a new socket what is wanted back while its unwatch is lost, which could yet be carried out", async () => {
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

test("watches again on the same socket once a slow unwatch was answered after all", async () => {
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

test("asks again at once when a late answer shows that something was undone", async () => {
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

test("reconnects when the service does not know the connection", async () => {
  const { feed, clock, connection } = await setUpLive("AAPL");
  connection.send({ action: "error", code: "unknown-connection", message: "Connect again." });
  await connection.closed;
  clock.advance(250);
  await answerWatch(await feed.connections.next(), "AAPL");
});

test("says what the service refuses, and does not ask for it again", async () => {
  const { news, statuses, socket, connection } = await setUpLive("AAPL");
  socket.watch(entries("GOOG"));
  await connection.messages.next();
  connection.refuse("too-many", "Expected less.");
  await news.until("refused: Expected less.");
  await statuses.until(live);
  socket.watch(entries("MSFT"));
  expect(await connection.messages.next()).toStrictEqual(watch("MSFT"));
  connection.answer(["AAPL", "MSFT"]);
  await statuses.until(live);
  socket.wake();
  expect(await connection.messages.next()).toStrictEqual(ping);
});

test("does not insist on giving back what the service refuses to take back", async () => {
  const { news, statuses, socket, connection } = await setUpLive("AAPL", "GOOG");
  socket.unwatch("GOOG" as Entry);
  await connection.messages.next();
  connection.refuse("not-implemented", "Not here.");
  await news.until("refused: Not here.");
  await statuses.until(live);
  socket.wake();
  expect(await connection.messages.next()).toStrictEqual(ping);
});

test("waits longer after each attempt that fails, up to a bound, and starts anew once a socket was of use", async () => {
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

test("says with each new socket that versions start anew", async () => {
  const { feed, clock, statuses, news, connection } = await setUpLive("AAPL");
  connection.close();
  await statuses.until({ state: "waiting", delayMs: 250, wasOpen: true });
  clock.advance(250);
  await feed.connections.next();
  expect([await news.next(), await news.next(), await news.next()]).toStrictEqual([
    "new socket",
    "",
    "new socket",
  ]);
});

test("gives up a socket that does not open, and opens the next one with no more than the first backoff", async () => {
  const { clock, statuses } = await setUp("AAPL");
  for (const _ of [1, 2, 3]) {
    clock.advance(CONNECT_TIMEOUT_MS);
    await statuses.until({ state: "waiting", delayMs: 250, wasOpen: false });
    clock.advance(250);
    await statuses.until({ state: "connecting" });
  }
});

test("replaces a socket before API Gateway's limit, without waiting", async () => {
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

test("hears nothing more from a socket that it has replaced", async () => {
  const { feed, clock, news, connection } = await setUpLive("AAPL");
  connection.sendQuotes(quote("AAPL", 1, 1));
  await news.until("AAPL 1");
  connection.send({ action: "error", code: "unknown-connection", message: "Connect again." });
  connection.sendQuotes(quote("AAPL", 2, 2));
  await connection.closed;
  clock.advance(250);
  const next = await feed.connections.next();
  next.sendQuotes(quote("AAPL", 3, 1));
  expect([await news.next(), await news.next()]).toStrictEqual(["new socket", "AAPL 3"]);
});

test("does not hold against a new socket what the one before did not answer", async () => {
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

test("ends its wait when it is woken", async () => {
  const { feed, statuses, socket, connection } = await setUpLive("AAPL");
  connection.close();
  await statuses.until({ state: "waiting", delayMs: 250, wasOpen: true });
  socket.wake();
  await answerWatch(await feed.connections.next(), "AAPL");
});

test("checks first that the socket is alive and then that nothing was lost when it is woken", async () => {
  const { statuses, socket, connection } = await setUpLive("AAPL");
  socket.wake();
  expect(await connection.messages.next()).toStrictEqual(ping);
  connection.pong();
  expect(await connection.messages.next()).toStrictEqual(emptySync);
  expect(statuses.take()).toStrictEqual([]);
  connection.answer(["AAPL"]);
  await statuses.until(live);
});

test("pings after 30 s of silence while it is visible, and is live again when that is answered", async () => {
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

test("does not ping while messages arrive", async () => {
  const { clock, news, connection } = await setUpLive("AAPL");
  for (let version = 1; version <= 5; version += 1) {
    clock.advance(SILENCE_MS - 1);
    connection.sendQuotes(quote("AAPL", version, version));
    await news.until(`AAPL ${version}`);
  }
  expect(connection.messages.take()).toStrictEqual([]);
});

test("is silent 2 s after a ping without an answer, and replaces the socket after 5 s", async () => {
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

test("replaces a dead socket 5 s after it is woken", async () => {
  const { clock, statuses, socket, connection } = await setUpLive("AAPL");
  socket.wake();
  expect(await connection.messages.next()).toStrictEqual(ping);
  clock.advance(ANSWER_TIMEOUT_MS);
  expect(statuses.take()).toStrictEqual([silent, { state: "waiting", delayMs: 250, wasOpen: true }]);
});

test("keeps a socket that receives prices but no answer to its ping, and repeats the ping", async () => {
  const { clock, statuses, news, socket, connection } = await setUpLive("AAPL");
  socket.wake();
  expect(await connection.messages.next()).toStrictEqual(ping);
  connection.sendQuotes(quote("AAPL", 2400, 1));
  await news.until("AAPL 2400");
  clock.advance(ANSWER_TIMEOUT_MS);
  expect(await connection.messages.next()).toStrictEqual(ping);
  connection.pong();
  expect(await connection.messages.next()).toStrictEqual(emptySync);
  connection.answer(["AAPL"]);
  expect(await statuses.next()).toStrictEqual(unanswered);
  expect(await statuses.next()).toStrictEqual(live);
});

test("pings no more once it is hidden, and again once it is visible", async () => {
  const { clock, socket, connection } = await setUpLive("AAPL");
  socket.setVisible(false);
  clock.advance(2 * SILENCE_MS);
  socket.setVisible(true);
  clock.advance(SILENCE_MS - 1);
  expect(connection.messages.take()).toStrictEqual([]);
  clock.advance(1);
  expect(await connection.messages.next()).toStrictEqual(ping);
});

test("stays connected while only sync fails, with pauses that grow, for the graph may be down", async () => {
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

test("takes a service that does not know sync for one that has nothing newer", async () => {
  const { clock, statuses, news, socket, connection } = await setUpLive("AAPL");
  socket.setVisible(false);
  clock.advance(KEEP_ALIVE_MS);
  expect(await connection.messages.next()).toStrictEqual(emptySync);
  connection.refuse("not-implemented", "Expected `action` to be watch.");
  await statuses.until(live);
  expect(news.take()).toStrictEqual(["new socket", ""]);
});

test("opens no socket after a failure until the probe is answered", async () => {
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

test("probes again after at most 10 s, each fourth time with a socket", async () => {
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
  // Those below zero follow a socket.
  expect(delays).toStrictEqual([500, 1000, 2000, -4000, 5000, 5000, 5000, -7500, 5000]);
});

test("opens a socket after every fourth probe without an answer, for the server of the page may be down alone", async () => {
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

test("connects no more when it is stopped during a probe", async () => {
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

test("stays away once it is stopped, and connects anew when it is started", async () => {
  const { feed, clock, socket, connection } = await setUpLive("AAPL");
  socket.stop();
  await connection.closed;
  socket.wake();
  clock.advance(REPLACE_AGE_MS.to);
  socket.watch(entries("GOOG"));
  socket.start();
  await answerWatch(await feed.connections.next(), "AAPL", "GOOG");
});

test("asks before each socket what to offer, and offers nothing else", async () => {
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

test("connects no more when there is nothing to offer, until it is started", async () => {
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
