import { onTestFinished } from "vitest";
import type { Holdings } from "#client/holdings.ts";
import type { PendingRequests } from "#client/pending-requests.ts";
import { type Status, WatchSocket } from "#client/watch-socket.ts";
import { ManualClock } from "#emulator/clock.ts";
import { SUBPROTOCOL } from "#protocol/messages.ts";
import { Feed } from "./feed.ts";
import { Inbox } from "./inbox.ts";

export const live: Status = { state: "live" };
export const unanswered: Status = { state: "unanswered" };
export const silent: Status = { state: "silent" };

export const watch = (...tickers: string[]) => ({ action: "watch", tickers });
export const unwatch = (...tickers: string[]) => ({ action: "unwatch", tickers });
export const ping = { action: "ping" };

export const nothingHeld: Holdings = { tickers: [], quotes: new Map(), baskets: new Map() };

/** The `sync` of a client without quotes. */
export const emptySync = { action: "sync", quotes: {} };

interface SocketSetUp {
  readonly offer?: () => string[] | undefined;
  readonly holdings?: () => Holdings;
  readonly isReachable?: () => Promise<boolean>;
}

/** A started socket with its callbacks in inboxes, and the feed that it connects to. Random numbers are always 0.5. */
export async function setUpSocket(
  requests: PendingRequests,
  { offer = () => [SUBPROTOCOL], holdings = () => nothingHeld, isReachable }: SocketSetUp = {},
) {
  const feed = await Feed.start();
  const clock = new ManualClock();
  const statuses = new Inbox<Status>();
  const events = new Inbox<unknown>();
  const socket = new WatchSocket({
    url: feed.url,
    subprotocols: offer,
    requests,
    holdings,
    ...(isReachable && { isReachable }),
    after: (delayMs, action) => clock.after(delayMs, action),
    random: () => 0.5,
    onStatus: statuses.push,
    onNewSocket: () => events.push("new socket"),
    onQuotes: ({ quotes }) => events.push(quotes.map(({ ticker, price }) => `${ticker} ${price}`).join(", ")),
    onNotice: (message) => events.push(`notice: ${message}`),
    onRejection: (message) => events.push(`refused: ${message}`),
  });
  onTestFinished(async () => {
    socket.stop();
    await feed[Symbol.asyncDispose]();
  });
  socket.start();
  return { feed, clock, statuses, events, socket };
}
