import type { Attachment } from "#client/agenda.ts";
import { basketEntry, type Entry, isBasket } from "#client/entry.ts";
import { OwnListRequests } from "#client/own-agenda.ts";
import { statusText } from "#client/status-text.ts";
import { after } from "#client/timer.ts";
import { UserListRequests } from "#client/user-agenda.ts";
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
import { endSignal } from "../signals.ts";
import { harmless, harmlessDeep } from "../terminal.ts";

/** Whoever watches for a day must start it again. */
const TOKEN_MS = 24 * 60 * 60 * 1000;

/** Whom the token names when no user is given: connections of nobody in particular need one too. */
const OPERATOR = "operator";

export const watch = defineCommand({
  usage: "watch TICKER… [--basket NAME] [--user USER]",
  summary: "Shows prices as they come",
  details: `On a terminal a table that is kept up to date, in a pipe a line for each quote. Comes back by itself when the connection is
lost; Ctrl-C ends it. With --user it shows what that user watches, and tickers and baskets that are named too are added to
the user's list, as on the user's page. It signs the token that it needs, with the stack's output signingKey.

  npm run ticker -- watch AAPL GOOG
  npm run ticker -- watch --basket FAANG
  npm run --silent ticker -- watch AAPL --json | jq .price`,
  options: {
    json: { type: "boolean", default: false },
    basket: { type: "string", multiple: true, default: [] },
    user: { type: "string" },
  },
  optionsHelp: [
    "  --basket NAME     all tickers of the basket, whatever it includes; may be repeated",
    "  --user USER       what the user watches",
    "  --json            a line of JSON for each quote, with the price in cents",
  ],
  async run({ words, options }) {
    const entries = readEntries(words, options.basket);
    const user = options.user === undefined ? undefined : readUserId(options.user);
    if (entries.length === 0 && user === undefined) {
      throw new UsageError("Expected tickers, --basket or --user, got nothing to watch.");
    }
    const stack = await findStack(options);
    const view = options.json ? new JsonView() : process.stdout.isTTY ? new TableView() : new LineView();
    await follow({ url: stack.watchUrl, ...(await readStanding(stack, user)), entries, view });
  },
});

interface Following {
  readonly url: string;
  /** The subprotocols to offer. */
  readonly offer: readonly string[];
  readonly user: { readonly id: string; readonly attachment: Attachment } | undefined;
  readonly entries: readonly Entry[];
  readonly view: QuoteView;
}

/** With a token of its own where the stack has a key; where another issuer has it, without one and by the user's name. */
async function readStanding(
  { signingKey, tokenIssuer }: Stack,
  user: string | undefined,
): Promise<Pick<Following, "offer" | "user">> {
  if (signingKey === undefined || tokenIssuer === undefined) {
    const attachment = user === undefined ? undefined : ({ action: "user", id: user } as const);
    return { offer: [SUBPROTOCOL], user: attachment && { id: attachment.id, attachment } };
  }
  const issuedAt = new Date();
  const expiresAt = new Date(issuedAt.getTime() + TOKEN_MS);
  const subject = user ?? OPERATOR;
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

/** Resolves when the person has seen enough. @throws {CommandError} when the service refuses what is to be watched. */
async function follow({ url, offer, user, entries, view }: Following): Promise<void> {
  const list = new WatchList(user?.id);
  if (user === undefined) list.add(entries);
  const quotes = new LiveQuotes(list);
  const refused = Promise.withResolvers<never>();
  using end = endSignal();
  let isRefused = false;
  const refuse = (message: string) => {
    isRefused = true;
    refused.reject(new CommandError(harmless(message)));
  };
  const socket = new WatchSocket({
    url,
    subprotocols: () => [...offer],
    requests: user === undefined ? new OwnListRequests() : new UserListRequests(user.attachment, refuse),
    holdings: () => quotes.holdings,
    after,
    random: Math.random,
    onStatus(status) {
      // With nothing left to ask for a socket is live, also when all was refused.
      if (!isRefused) view.showStatus(statusText(status));
    },
    onNewSocket: () => quotes.forgetVersions(),
    onQuotes: (message) => view.showQuotes(quotes.take(harmlessDeep(message)), quotes.rows),
    onNotice: (message) => view.showNotice(harmless(message)),
    onRefusal: refuse,
  });
  socket.watch(entries);
  view.open(quotes.rows);
  socket.start();
  try {
    await Promise.race([end.arrived, refused.promise]);
  } finally {
    socket.stop();
    view.close();
  }
}

/** @throws {UsageError} when a word names nothing, or when they are more than one connection may watch. */
function readEntries(words: readonly string[], baskets: readonly string[]): readonly Entry[] {
  const entries = new Set<Entry>([
    ...words.map(readTicker),
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
