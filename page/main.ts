import { isName, parseTicker, type Ticker } from "../lambdas/quote.ts";
import { Announcer } from "./announcer.ts";
import { BasketChips } from "./basket-chips.ts";
import { loadConfig, type PageConfig } from "./config.ts";
import { makeCopyButton } from "./copy-button.ts";
import { basketEntry, type Entry } from "./entry.ts";
import { explainRefusal, explainTooMany, type ParsedEntries, parseEntries } from "./entry-list.ts";
import { findElement } from "./find-element.ts";
import { keepFocus } from "./keep-focus.ts";
import { NoticeList } from "./notice-list.ts";
import { OwnAgenda } from "./own-agenda.ts";
import { explainBadUser, readList, readUser, withList } from "./page-address.ts";
import { publishCommand } from "./publish-command.ts";
import { QuoteSheet } from "./quote-sheet.ts";
import { QuoteTable } from "./quote-table.ts";
import { statusText } from "./status-text.ts";
import { type OpenStorage, readStoredList, storeList } from "./stored-list.ts";
import { after } from "./timer.ts";
import { UserAgenda } from "./user-agenda.ts";
import { WatchList } from "./watch-list.ts";
import { WatchSocket } from "./watch-socket.ts";

const EXAMPLE = parseTicker("AAPL") as Ticker;

const status = findElement("status", HTMLElement);
const standing = findElement("user", HTMLElement);
const form = findElement("add", HTMLFormElement);
const input = findElement("tickers", HTMLInputElement);
const notice = findElement("notice", HTMLElement);
const baskets = findElement("baskets", HTMLElement);
const prices = findElement("prices", HTMLElement);
const rows = findElement("rows", HTMLTableSectionElement);
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
  const named = readUser(new URL(location.href));
  /** Whose list the page follows; `undefined`: it has its own. */
  let user = named !== undefined && isName(named) ? named : undefined;
  let list = new WatchList(user);

  const announcer = new Announcer((text) => {
    announcement.textContent = text;
  }, after);
  const sheet = new QuoteSheet(new QuoteTable(rows, drop), announcer);
  const chips = new BasketChips(baskets, (name) => drop(basketEntry(name)));
  const notices = new NoticeList(findElement("notices", HTMLElement), input);
  const socket = new WatchSocket({
    url: watchUrl,
    agenda: user === undefined ? new OwnAgenda() : new UserAgenda(user, goOnWithoutUser),
    after,
    random: Math.random,
    onStatus: (now) => showStatus(now.state, statusText(now)),
    onNewSocket() {
      list.forgetVersions();
      sheet.forgetVersions();
    },
    onQuotes(message) {
      // First the rows, then what they show.
      if (list.take(message)) showList();
      sheet.take(message.quotes);
    },
    onNotice: (message) => notices.add(message),
    onRefusal: showNotice,
  });

  /** Takes the entries into the list. What is left over stays in the input, with a sentence of what was expected. */
  function add({ entries, refused }: ParsedEntries): void {
    const tooMany = explainTooMany(new Set([...list.entries, ...entries]));
    if (!tooMany) want(entries);
    input.value = (tooMany ? [...entries, ...refused] : refused).join(" ");
    input.setAttribute("aria-invalid", String(input.value !== ""));
    showNotice(tooMany ?? explainRefusal(refused));
  }

  /** A user's list changes when the service says so, which also tells the user's other connections. */
  function want(entries: readonly Entry[]): void {
    const added = user === undefined ? list.add(entries) : entries;
    if (added.length > 0) socket.watch(added);
    if (user === undefined) showList();
  }

  function drop(entry: Entry): void {
    socket.unwatch(entry);
    if (user !== undefined) return;
    list.drop(entry);
    showList();
  }

  function goOnWithoutUser(reason: string, notWatched: readonly Entry[]): void {
    const refused = user;
    user = undefined;
    list = new WatchList();
    socket.follow(new OwnAgenda());
    want([...ownList().entries, ...notWatched]);
    showNotice(`Not watching as ${refused}. ${reason}`);
  }

  function showList(): void {
    const { entries, lines } = list;
    const address = withList(new URL(location.href), user === undefined ? entries : []);
    // Chromium allows 200 such calls in 10 s. That many tickers nobody types, but baskets change by themselves.
    if (address.href !== location.href) history.replaceState(null, "", address);
    if (user === undefined) storeList(openStorage, entries);
    standing.textContent = user === undefined ? "" : `Watching as ${user}`;
    keepFocus(rows, input, () => sheet.show(lines));
    keepFocus(baskets, input, () => chips.show(list.baskets));
    prices.hidden = lines.length === 0;
    hint.textContent =
      lines.length === 0
        ? "Add a ticker, then publish a price:"
        : "Publish a price from a terminal, in cents:";
    command.textContent = publishCommand(publishUrl, lines[0]?.ticker ?? EXAMPLE);
    publish.hidden = false;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    add(parseEntries(input.value));
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

  if (user === undefined) add(ownList());
  if (user === undefined && named !== undefined) showNotice(explainBadUser(named));
  socket.start();
}

/** The list in the address, else that of the last visit. */
function ownList(): ParsedEntries {
  return readList(new URL(location.href)) ?? { entries: readStoredList(openStorage), refused: [] };
}

function showStatus(state: string, text: string): void {
  status.dataset["state"] = state;
  // Writing the same text anew would have a screen reader say it again.
  if (status.textContent !== text) status.textContent = text;
}

function showNotice(text: string): void {
  notice.textContent = text;
}
