/**
 * A client with the list of a user, over Node's WebSocket against a real server. Does not prove what it shows
 * (watch-list.test.ts) or that the service answers like this (test/flows).
 */
import { expect, test } from "vitest";
import type { Entry } from "#client/entry.ts";
import { OwnListRequests } from "#client/own-list-requests.ts";
import type { Attachment } from "#client/pending-requests.ts";
import { UserListRequests } from "#client/user-list-requests.ts";
import { ANSWER_TIMEOUT_MS } from "#client/watch-session.ts";
import { type FeedConnection, quote } from "../page/feed.ts";
import { live, ping, setUpSocket, unanswered, unwatch, watch } from "../page/socket-setup.ts";

const entries = (...names: string[]) => names as Entry[];
const attach = { action: "user", id: "user003" };

async function setUp(attachment: Attachment = { action: "user", id: "user003" }) {
  const rejections: unknown[] = [];
  const all = await setUpSocket(
    new UserListRequests(attachment, (message, notWatched) => {
      rejections.push([message, notWatched]);
      const own = new OwnListRequests();
      own.watch(entries("MSFT"));
      all.socket.replaceRequests(own);
    }),
  );
  return { ...all, rejections };
}

/** A connected and attached client with AAPL on the user's list. */
async function setUpLive() {
  const all = await setUp();
  const connection = await all.feed.connections.next();
  await answerAttach(connection, 1, "AAPL");
  await all.statuses.until(live);
  return { ...all, connection };
}

async function answerAttach(connection: FeedConnection, version: number, ...watching: string[]) {
  expect(await connection.messages.next()).toStrictEqual(attach);
  answer(connection, version, ...watching);
}

const answer = (connection: FeedConnection, version: number, ...watching: string[]) =>
  connection.answer({ watching, user: { id: "user003", version } });

test("attaches to the user and is live after the answer", async () => {
  const { socket, connection } = await setUpLive();
  socket.wake();
  expect(await connection.messages.next()).toStrictEqual(ping);
});

test("sends entries added before the attachment after its answer", async () => {
  const { feed, statuses, socket } = await setUp();
  const connection = await feed.connections.next();
  socket.watch(entries("GOOG", "@FAANG"));
  await answerAttach(connection, 1, "AAPL");
  expect(await connection.messages.next()).toStrictEqual({ ...watch("GOOG"), baskets: ["FAANG"] });
  answer(connection, 2, "AAPL", "GOOG");
  await statuses.until(live);
});

test("does not undo list changes of another connection", async () => {
  const { events, socket, connection } = await setUpLive();
  connection.answerTo(undefined, { watching: ["MSFT"], user: { id: "user003", version: 2 } });
  connection.sendQuotes(quote("MSFT", 50_000, 1));
  await events.until("MSFT 50000");
  socket.wake();
  expect(await connection.messages.next()).toStrictEqual(ping);
});

test("attaches on each new socket without repeating the list", async () => {
  const { feed, clock, statuses, socket, connection } = await setUpLive();
  socket.watch(entries("GOOG"));
  await connection.messages.next();
  answer(connection, 2, "AAPL", "GOOG");
  await statuses.until(live);
  connection.close();
  await statuses.until({ state: "waiting", delayMs: 250, wasOpen: true });
  clock.advance(250);
  const next = await feed.connections.next();
  await answerAttach(next, 3, "AAPL");
  await statuses.until(live);
  socket.wake();
  expect(await next.messages.next()).toStrictEqual(ping);
});

test("repeats an unanswered change on a new socket", async () => {
  const { feed, clock, statuses, socket, connection } = await setUpLive();
  socket.watch(entries("GOOG"));
  socket.unwatch("AAPL" as Entry);
  expect(await connection.messages.next()).toStrictEqual(watch("GOOG"));
  connection.close();
  await statuses.until({ state: "waiting", delayMs: 250, wasOpen: true });
  clock.advance(250);
  const next = await feed.connections.next();
  await answerAttach(next, 1, "AAPL");
  expect(await next.messages.next()).toStrictEqual(unwatch("AAPL"));
  answer(next, 2);
  expect(await next.messages.next()).toStrictEqual(watch("GOOG"));
});

test("sends the reversal of a change that is in flight", async () => {
  const { socket, connection } = await setUpLive();
  socket.watch(entries("GOOG"));
  socket.unwatch("GOOG" as Entry);
  expect(await connection.messages.next()).toStrictEqual(watch("GOOG"));
  answer(connection, 2, "AAPL", "GOOG");
  expect(await connection.messages.next()).toStrictEqual(unwatch("GOOG"));
});

test("does not repeat a rejected change", async () => {
  const { events, statuses, socket, connection } = await setUpLive();
  socket.watch(entries("GOOG"));
  await connection.messages.next();
  connection.refuse("too-many", "Expected less.");
  await events.until("refused: Expected less.");
  await statuses.until(live);
  socket.wake();
  expect(await connection.messages.next()).toStrictEqual(ping);
});

test("repeats an unanswered attachment", async () => {
  const { feed, clock, statuses } = await setUp();
  const connection = await feed.connections.next();
  expect(await connection.messages.next()).toStrictEqual(attach);
  clock.advance(ANSWER_TIMEOUT_MS);
  await statuses.until(unanswered);
  await answerAttach(connection, 1, "AAPL");
  await statuses.until(live);
});

test("continues with other requests on the same socket after a rejected user and returns the unsent entries", async () => {
  const { feed, statuses, socket, rejections } = await setUp();
  const connection = await feed.connections.next();
  socket.watch(entries("GOOG"));
  socket.unwatch("AAPL" as Entry);
  expect(await connection.messages.next()).toStrictEqual(attach);
  connection.refuse("unauthorized", "Not without a token.");
  expect(await connection.messages.next()).toStrictEqual(watch("MSFT"));
  connection.answer(["MSFT"]);
  await statuses.until(live);
  expect(rejections).toStrictEqual([["Not without a token.", ["GOOG"]]]);
});

test("sends the token in the first message, without a user id", async () => {
  const { feed, statuses, socket } = await setUp({ action: "authorize", token: "a.b.c" });
  const connection = await feed.connections.next();
  socket.watch(entries("GOOG"));
  expect(await connection.messages.next()).toStrictEqual({ action: "authorize", token: "a.b.c" });
  answer(connection, 1, "AAPL");
  expect(await connection.messages.next()).toStrictEqual(watch("GOOG"));
  answer(connection, 2, "AAPL", "GOOG");
  await statuses.until(live);
});

test("sends nothing and does not reconnect when stopped after its token was rejected", async () => {
  const requests = new UserListRequests({ action: "authorize", token: "a.b.c" }, () => socket.stop());
  const { feed, clock, statuses, socket } = await setUpSocket(requests);
  const connection = await feed.connections.next();
  socket.watch(entries("GOOG"));
  await connection.messages.next();
  connection.refuse("unauthorized", "The token has expired. Get a new one.");
  await connection.closed;
  clock.advance(60 * 60 * 1000);
  expect([connection.messages.take(), feed.connections.take(), statuses.take()]).toStrictEqual([
    [],
    [],
    [{ state: "connecting" }],
  ]);
});
