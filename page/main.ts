import { MAX_TICKERS_PER_CONNECTION } from "../lambdas/protocol.ts";
import { parseTicker, type Ticker } from "../lambdas/quote.ts";
import { Announcer } from "./announcer.ts";
import { loadConfig, type PageConfig } from "./config.ts";
import { makeCopyButton } from "./copy-button.ts";
import { findElement } from "./find-element.ts";
import { OncePerFrame } from "./once-per-frame.ts";
import { publishCommand } from "./publish-command.ts";
import { QuoteBoard, type Row } from "./quote-board.ts";
import { QuoteTable } from "./quote-table.ts";
import { statusText } from "./status-text.ts";
import { type OpenStorage, readStoredList, storeList } from "./stored-list.ts";
import {
  explainRefusal,
  explainTooMany,
  type ParsedTickers,
  parseTickers,
  readTickers,
  withTickers,
} from "./ticker-list.ts";
import { after } from "./timer.ts";
import { WatchSocket } from "./watch-socket.ts";

const EXAMPLE = parseTicker("AAPL") as Ticker;

const status = findElement("status", HTMLElement);
const form = findElement("add", HTMLFormElement);
const input = findElement("tickers", HTMLInputElement);
const notice = findElement("notice", HTMLElement);
const prices = findElement("prices", HTMLElement);
const announce = findElement("announce", HTMLButtonElement);
const announcement = findElement("announcement", HTMLElement);
const publish = findElement("publish", HTMLElement);
const hint = findElement("publish-hint", HTMLElement);
const command = findElement("publish-command", HTMLElement);
makeCopyButton(findElement("copy", HTMLButtonElement), command);

const openStorage: OpenStorage = () => localStorage;

const config = await loadConfig(fetch).catch((error: Error) => showStatus("broken", error.message));
if (config) run(config);

function run({ watchUrl, publishUrl }: PageConfig): void {
  const board = new QuoteBoard();
  const table = new QuoteTable(findElement("rows", HTMLTableSectionElement), drop);
  const painter = new OncePerFrame<Ticker, Row>(
    (onFrame) => requestAnimationFrame(onFrame),
    (row) => table.update(row),
  );
  const announcer = new Announcer((text) => {
    announcement.textContent = text;
  }, after);
  const socket = new WatchSocket({
    url: watchUrl,
    after,
    random: Math.random,
    onStatus: (now) => showStatus(now.state, statusText(now)),
    onNewSocket: () => board.forgetVersions(),
    onQuotes(quotes) {
      const changed = board.take(quotes);
      for (const row of changed) painter.put(row.ticker, row);
      announcer.tell(changed);
    },
    onRefusal: showNotice,
  });

  /** Takes the tickers into the list; what is none stays in the input, with a sentence of what was expected. */
  function add({ tickers, refused }: ParsedTickers): void {
    const count = new Set([...board.tickers, ...tickers]).size;
    const fits = count <= MAX_TICKERS_PER_CONNECTION;
    const rows = fits ? tickers.flatMap((ticker) => board.add(ticker) ?? []) : [];
    for (const row of rows) table.add(row);
    if (rows.length > 0) socket.watch(rows.map(({ ticker }) => ticker));
    showList();

    input.value = (fits ? refused : [...tickers, ...refused]).join(" ");
    if (!fits) showNotice(explainTooMany(count));
    else showNotice(refused.length > 0 ? explainRefusal(refused) : "");
    input.setAttribute("aria-invalid", String(input.value !== ""));
  }

  function drop(ticker: Ticker): void {
    board.drop(ticker);
    painter.forget(ticker);
    announcer.forget(ticker);
    socket.unwatch(ticker);
    (table.drop(ticker) ?? input).focus();
    showList();
  }

  function showList(): void {
    const { tickers } = board;
    // Chromium allows 200 such calls in 10 s; that many tickers a second nobody types.
    history.replaceState(null, "", withTickers(new URL(location.href), tickers));
    storeList(openStorage, tickers);
    prices.hidden = tickers.length === 0;
    hint.textContent =
      tickers.length === 0
        ? "Add a ticker, then publish a price:"
        : "Publish a price from a terminal, in cents:";
    command.textContent = publishCommand(publishUrl, tickers[0] ?? EXAMPLE);
    publish.hidden = false;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    add(parseTickers(input.value));
  });
  announce.addEventListener("click", () => {
    const isOn = announce.ariaPressed !== "true";
    announce.ariaPressed = String(isOn);
    announcer.turn(isOn);
  });
  addEventListener("online", () => socket.wake());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) socket.wake();
  });
  // A page that is kept to go back to would otherwise hold its connection, and its watchers, until the limit.
  addEventListener("pagehide", () => socket.stop());
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) socket.start();
  });

  add(readTickers(new URL(location.href)) ?? { tickers: readStoredList(openStorage), refused: [] });
  socket.start();
}

function showStatus(state: string, text: string): void {
  status.dataset["state"] = state;
  // Writing the same text anew would have a screen reader say it again.
  if (status.textContent !== text) status.textContent = text;
}

function showNotice(text: string): void {
  notice.textContent = text;
}
