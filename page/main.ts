import type { Entry } from "#client/entry.ts";
import { explainInvalid, explainTooMany, type ParsedEntries } from "#client/entry-list.ts";
import { holdingsOf } from "#client/holdings.ts";
import { OwnListRequests } from "#client/own-list-requests.ts";
import { statusText } from "#client/status-text.ts";
import { after } from "#client/timer.ts";
import { UserListRequests } from "#client/user-list-requests.ts";
import { WatchList } from "#client/watch-list.ts";
import { WatchSocket } from "#client/watch-socket.ts";
import { isUserId } from "#protocol/user-id.ts";
import { AddForm } from "./add-form.ts";
import { isServerReachable, loadConfig, type PageConfig } from "./config.ts";
import { findElement } from "./find-element.ts";
import { ListView } from "./list-view.ts";
import { NoticeList } from "./notice-list.ts";
import {
  explainInvalidUser,
  explainStrays,
  explainUserList,
  readAddress,
  readUser,
  withList,
} from "./page-address.ts";
import { bindPageLifecycle } from "./page-lifecycle.ts";
import { PublishSection } from "./publish-section.ts";
import { restoreFocus } from "./restore-focus.ts";
import { showSession } from "./session-line.ts";
import { SignIn } from "./sign-in.ts";
import { SignInForm } from "./sign-in-form.ts";
import { signInView } from "./sign-in-view.ts";
import { StaleMark } from "./stale-mark.ts";
import { type OpenStorage, readStoredList, storeList } from "./stored-list.ts";
import { TokenStore } from "./token-store.ts";

const status = findElement("status", HTMLElement);
const sessionLine = findElement("user", HTMLElement);

const openStorage: OpenStorage = () => localStorage;

const config = await loadConfig(fetch).catch((error: Error) => showStatus("broken", error.message));
if (config) run(config);

function run(config: PageConfig): void {
  const { watchUrl, access, userClaim } = config;
  const namedUser = readUser(new URL(location.href));
  const isInvalidUser = namedUser !== undefined && !isUserId(namedUser);
  const signIn = new SignIn({
    access,
    namedUser: isInvalidUser ? undefined : namedUser,
    tokenStore: new TokenStore(() => sessionStorage),
    ...(userClaim !== undefined && { userClaim }),
    now: () => new Date(),
  });
  /** The user whose list the page shows; `undefined` for its own list. */
  let user: string | undefined;
  /** Whether the user's list was received. */
  let hasUserList = false;
  let list = new WatchList();
  /** Whether the list in the URL was not applied yet. */
  let isUrlPending = true;

  const addForm = new AddForm(add);
  const signInForm = new SignInForm(submitToken, signOut);
  const view = new ListView(drop, addForm.input);
  const notices = new NoticeList(findElement("notices", HTMLElement), addForm.input);
  const publish = new PublishSection(config);
  const staleMark = new StaleMark(after);
  const socket = new WatchSocket({
    url: watchUrl,
    subprotocols: () => signIn.session.subprotocols,
    requests: new OwnListRequests(),
    holdings: () => holdingsOf(list, view.versions),
    isReachable: () => isServerReachable(fetch),
    after,
    random: Math.random,
    onStatus(now) {
      const isRefused = now.state === "waiting" && !now.wasOpen && !now.isOffline;
      if (isRefused && signIn.recordFailure()) showAll();
      showStatus(now.state, statusText(now, !signIn.canConnect));
      staleMark.show(now);
    },
    onNewSocket() {
      list.resetVersions();
      view.resetVersions();
      if (signIn.recordOpen()) showAll();
    },
    onQuotes(message) {
      staleMark.receive();
      // Rows first: quotes without a row are not shown.
      if (list.apply(message)) {
        hasUserList ||= user !== undefined && message.user?.id === user;
        saveList();
        showList();
      }
      view.apply(message.quotes);
    },
    onNotice: (message) => notices.add(message),
    onRejection: (message) => addForm.showMessage(message),
  });

  /** Adds all typed entries, or none if any item is invalid. */
  function add({ entries, invalid }: ParsedEntries): void {
    const problem = invalid.length > 0 ? `${explainInvalid(invalid)} Nothing was added.` : addAll(entries);
    if (problem) addForm.markInvalid();
    else addForm.clear();
    addForm.showMessage(problem ?? "");
  }

  /** Adds the entries, or returns an error message if the list would become too long. */
  function addAll(entries: readonly Entry[]): string | undefined {
    const tooMany = explainTooMany(new Set([...list.entries, ...entries]));
    if (!tooMany) watch(entries);
    return tooMany;
  }

  /**
   * Loads the list from the URL, else that of the last visit. Puts invalid items into the field and explains them.
   * @param notWatched further entries to add.
   * @param message shown before the explanation.
   */
  function loadList(notWatched: readonly Entry[], message: string): void {
    const { list: listed, strays } = readAddress(new URL(location.href));
    const { entries, invalid } = listed ?? { entries: readStoredList(openStorage), invalid: [] };
    const all = [...entries, ...notWatched];
    const tooMany = addAll(all);
    addForm.fill([...(tooMany ? all : []), ...invalid, ...strays.flatMap(({ items }) => items)], true);
    explain(message, tooMany, explainInvalid(invalid), explainStrays(strays));
  }

  /** Offers the list in the URL for adding: opening a link must not change the list of a user. */
  function offerList(userId: string): void {
    const { list: listed, strays } = readAddress(new URL(location.href));
    const offered = [
      ...(listed?.entries ?? []),
      ...(listed?.invalid ?? []),
      ...strays.flatMap(({ items }) => items),
    ];
    if (offered.length > 0) addForm.fill(offered, false);
    explain(listed && offered.length > 0 && explainUserList(userId), explainStrays(strays));
  }

  /** Shows the messages, and an error for an invalid user in the URL. */
  function explain(...messages: readonly (string | false | undefined)[]): void {
    const invalidUser = isInvalidUser && explainInvalidUser(namedUser);
    addForm.showMessage([...messages, invalidUser].filter(Boolean).join(" "));
  }

  /** The service changes a user's list and sends it to all connections of the user. */
  function watch(entries: readonly Entry[]): void {
    const added = user === undefined ? list.add(entries) : entries;
    if (added.length > 0) socket.watch(added);
    if (user === undefined) showOwnList();
  }

  function drop(entry: Entry): void {
    socket.unwatch(entry);
    if (user !== undefined) return;
    list.remove(entry);
    showOwnList();
  }

  function submitToken(text: string): void {
    if (signIn.useToken(text)) {
      reconnect();
      return;
    }
    showAll();
    signInForm.select();
  }

  function signOut(): void {
    signIn.clearToken();
    reconnect();
  }

  function continueWithoutUser(reason: string, notWatched: readonly Entry[]): void {
    if (signIn.token) {
      signIn.clearToken(reason);
      if (access.watch === "token") reconnect();
      else applySession(notWatched);
      return;
    }
    const rejected = user;
    signIn.ignoreNamedUser();
    applySession(notWatched, `Not watching as ${rejected}. ${reason}`);
  }

  function reconnect(): void {
    socket.stop();
    applySession();
    socket.start();
  }

  /**
   * Applies the current session (token or anonymous), on the open socket if there is one.
   * @param notWatched entries that a rejected user could not add.
   * @param message the reason for the rejection.
   */
  function applySession(notWatched: readonly Entry[] = [], message = ""): void {
    const { subprotocols, user: next } = signIn.session;
    user = next?.id;
    hasUserList = false;
    list = new WatchList(user);
    socket.replaceRequests(
      next ? new UserListRequests(next.attachment, continueWithoutUser) : new OwnListRequests(),
    );
    addForm.showMessage("");
    showAll();
    if (!subprotocols) return;
    if (!next) loadList(notWatched, message);
    else if (isUrlPending) offerList(next.id);
    isUrlPending = false;
  }

  function showAll(): void {
    const setFocus = () => (signIn.token ? addForm.input.focus() : signInForm.focus());
    restoreFocus(() => {
      addForm.isHidden = !signIn.canConnect;
      signInForm.show(signInView(access, signIn.namedUser, signIn));
      showList();
    }, setFocus);
  }

  function showOwnList(): void {
    saveList();
    showList();
  }

  /** Saves the page's own list in the URL and in the storage. */
  function saveList(): void {
    const { entries } = list;
    const address = withList(new URL(location.href), user === undefined ? entries : []);
    // Chromium allows 200 calls in 10 s, which frequent basket changes could exceed.
    if (address.href !== location.href) history.replaceState(null, "", address);
    if (user === undefined) storeList(openStorage, entries);
  }

  function showList(): void {
    view.show(list);
    showSession(sessionLine, hasUserList ? user : undefined, signIn.token);
    publish.show(list.lines[0]?.ticker, !addForm.isHidden);
  }

  bindPageLifecycle(socket, () => {
    if (signIn.reloadToken()) applySession();
  });
  applySession();
  socket.start();
}

function showStatus(state: string, text: string): void {
  status.dataset["state"] = state;
  // A screen reader would read the same text again.
  if (status.textContent !== text) status.textContent = text;
}
