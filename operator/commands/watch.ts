import { basketEntry, type Entry, isBasket } from "#client/entry.ts";
import { OwnListRequests } from "#client/own-list-requests.ts";
import type { Attachment } from "#client/pending-requests.ts";
import { statusText } from "#client/status-text.ts";
import { after } from "#client/timer.ts";
import { UserListRequests } from "#client/user-list-requests.ts";
import { WatchList } from "#client/watch-list.ts";
import { WatchSocket } from "#client/watch-socket.ts";
import { MAX_BASKETS, MAX_WATCHES, SUBPROTOCOL } from "#protocol/messages.ts";
import { signToken } from "#protocol/sign-token.ts";
import { WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import { CommandError, defineCommand, UsageError } from "../command.ts";
import { findStack, type Stack } from "../find-stack.ts";
import { LiveQuotes } from "../live-quotes.ts";
import { readBasketName, readTicker, readUserId } from "../names.ts";
import { JsonView, LineView, type QuoteView, TableView } from "../quote-views.ts";
import type { EndSignal } from "../signals.ts";
import { stripControlChars, stripControlCharsDeep } from "../terminal.ts";

/** The command does not renew its token: it cannot reconnect after a day. */
const TOKEN_MS = 24 * 60 * 60 * 1000;

/** Subject of the token when no user is given. */
const DEFAULT_SUBJECT = "operator";

export const watch = defineCommand({
  usage: "watch TICKER… [--basket NAME] [--user USER]",
  summary: "Shows live prices",
  details: `Prints a live table on a terminal, one line per quote in a pipe. Reconnects automatically; Ctrl-C stops it.
With --user it shows the watch list of that user, and adds the given tickers and baskets to that list.
The token is signed with the stack output signingKey.

  npm run ticker -- watch AAPL GOOG
  npm run ticker -- watch --basket FAANG
  npm run --silent ticker -- watch AAPL --json | jq .price`,
  options: {
    json: { type: "boolean", default: false },
    basket: { type: "string", multiple: true, default: [] },
    user: { type: "string" },
  },
  optionsHelp: [
    "  --basket NAME     watch the tickers of a basket; may be repeated",
    "  --user USER       show the watch list of a user",
    "  --json            print one JSON object per line, with prices in cents",
  ],
  async run({ args, options, terminal, listenForEndSignal }) {
    const entries = readEntries(args, options.basket);
    const user = options.user === undefined ? undefined : readUserId(options.user);
    if (entries.length === 0 && user === undefined) {
      throw new UsageError("Expected tickers, --basket or --user, got none.");
    }
    const stack = await findStack(options);
    const view = options.json
      ? new JsonView(terminal)
      : terminal.streams.stdout.isTTY
        ? new TableView(terminal)
        : new LineView(terminal);
    const session = await createSession(stack, user);
    using end = listenForEndSignal();
    await followQuotes({ url: stack.watchUrl, ...session, entries, view, end });
  },
});

interface FollowOptions {
  readonly url: string;
  /** The subprotocols to offer. */
  readonly offer: readonly string[];
  readonly user: { readonly id: string; readonly attachment: Attachment } | undefined;
  readonly entries: readonly Entry[];
  readonly view: QuoteView;
  readonly end: EndSignal;
}

/** With a new token if the stack has a signing key, otherwise without a token and with the plain user id. */
async function createSession(
  { signingKey, tokenIssuer }: Stack,
  user: string | undefined,
): Promise<Pick<FollowOptions, "offer" | "user">> {
  if (signingKey === undefined || tokenIssuer === undefined) {
    const attachment = user === undefined ? undefined : ({ action: "user", id: user } as const);
    return { offer: [SUBPROTOCOL], user: attachment && { id: attachment.id, attachment } };
  }
  const issuedAt = new Date();
  const expiresAt = new Date(issuedAt.getTime() + TOKEN_MS);
  const subject = user ?? DEFAULT_SUBJECT;
  const token = await signToken(signingKey, {
    issuer: tokenIssuer,
    audience: WATCH_AUDIENCE,
    subject,
    issuedAt,
    expiresAt,
  });
  return {
    offer: [SUBPROTOCOL, token],
    user: user === undefined ? undefined : { id: user, attachment: { action: "authorize", token } },
  };
}

/** Resolves on an end signal. @throws {CommandError} when the service rejects the user or an entry. */
async function followQuotes({ url, offer, user, entries, view, end }: FollowOptions): Promise<void> {
  const list = new WatchList(user?.id);
  if (user === undefined) list.add(entries);
  const quotes = new LiveQuotes(list);
  const rejection = Promise.withResolvers<never>();
  let isRejected = false;
  const reject = (message: string) => {
    isRejected = true;
    rejection.reject(new CommandError(stripControlChars(message)));
  };
  const socket = new WatchSocket({
    url,
    subprotocols: () => [...offer],
    requests: user === undefined ? new OwnListRequests() : new UserListRequests(user.attachment, reject),
    holdings: () => quotes.holdings,
    after,
    random: Math.random,
    onStatus(status) {
      // The socket reports itself live when no request is pending, even if all were rejected.
      if (!isRejected) view.showStatus(statusText(status));
    },
    onNewSocket: () => quotes.forgetVersions(),
    onQuotes: (message) => view.showQuotes(quotes.take(stripControlCharsDeep(message)), quotes.rows),
    onNotice: (message) => view.showNotice(stripControlChars(message)),
    onRejection: reject,
  });
  socket.watch(entries);
  view.open(quotes.rows);
  socket.start();
  try {
    await Promise.race([end.received, rejection.promise]);
  } finally {
    socket.stop();
    view.close();
  }
}

/** @throws {UsageError} for an invalid name, or for more entries than one connection may watch. */
function readEntries(args: readonly string[], baskets: readonly string[]): readonly Entry[] {
  const entries = new Set<Entry>([
    ...args.map(readTicker),
    ...baskets.map((name) => basketEntry(readBasketName(name))),
  ]);
  const basketCount = [...entries].filter(isBasket).length;
  if (entries.size > MAX_WATCHES || basketCount > MAX_BASKETS) {
    throw new UsageError(
      `Expected at most ${MAX_WATCHES} tickers and baskets, ${MAX_BASKETS} of them baskets, got ${entries.size} and ${basketCount}.`,
    );
  }
  return [...entries];
}
