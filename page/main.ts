import type { Entry } from "#client/entry.ts";
import { explainInvalid, explainTooMany, type ParsedEntries } from "#client/entry-list.ts";
import { holdingsOf } from "#client/holdings.ts";
import { OwnListRequests } from "#client/own-agenda.ts";
import { statusText } from "#client/status-text.ts";
import { after } from "#client/timer.ts";
import { UserListRequests } from "#client/user-agenda.ts";
import { WatchList } from "#client/watch-list.ts";
import { WatchSocket } from "#client/watch-socket.ts";
import { isUserId } from "#protocol/user-id.ts";
import { AddForm } from "./add-form.ts";
import { isServerReachable, loadConfig, type PageConfig } from "./config.ts";
import { findElement } from "./find-element.ts";
import { restoreFocus } from "./keep-place.ts";
import { TokenStore } from "./kept-token.ts";
import { ListView } from "./list-view.ts";
import { NoticeList } from "./notice-list.ts";
import {
  explainBadUser,
  explainStrays,
  explainUserList,
  readAddress,
  readUser,
  withList,
} from "./page-address.ts";
import { bindPageLifecycle } from "./page-life.ts";
import { PublishSection } from "./publish-section.ts";
import { SignIn } from "./sign-in.ts";
import { SignInForm } from "./sign-in-form.ts";
import { signInView } from "./sign-in-view.ts";
import { StaleMark } from "./stale-mark.ts";
import { showSession } from "./standing-line.ts";
import { type OpenStorage, readStoredList, storeList } from "./stored-list.ts";

const status = findElement("status", HTMLElement);
const standingLine = findElement("user", HTMLElement);

const openStorage: OpenStorage = () => localStorage;

const config = await loadConfig(fetch).catch((error: Error) => showStatus("broken", error.message));
if (config) run(config);

function run(config: PageConfig): void {
  const { watchUrl, access, userClaim } = config;
  const named = readUser(new URL(location.href));
  const isBadName = named !== undefined && !isUserId(named);
  const signIn = new SignIn({
    access,
    named: isBadName ? undefined : named,
    tokenStore: new TokenStore(() => sessionStorage),
    ...(userClaim !== undefined && { userClaim }),
    now: () => new Date(),
  });
  /** Whose list the page follows; `undefined`: it has its own. */
  let user: string | undefined;
  /** Whether the service has said what is on it. */
  let isFollowing = false;
  let list = new WatchList();
  /** Whether the page has not taken up its address yet. */
  let isArriving = true;

  const addForm = new AddForm(add);
  const signInForm = new SignInForm(takeToken, signOut);
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
      // First the rows, then what they show.
      if (list.apply(message)) {
        isFollowing ||= user !== undefined && message.user?.id === user;
        keepList();
        showList();
      }
      view.apply(message.quotes);
    },
    onNotice: (message) => notices.add(message),
    onRefusal: (message) => addForm.showMessage(message),
  });

  /** Takes what was typed into the list: all of it, or nothing when a part of it is wrong. */
  function add({ entries, invalid }: ParsedEntries): void {
    const problem = invalid.length > 0 ? `${explainInvalid(invalid)} Nothing was added.` : addAll(entries);
    if (problem) addForm.markInvalid();
    else addForm.clear();
    addForm.showMessage(problem ?? "");
  }

  /** Takes the entries into the list, or returns why it would become too long. */
  function addAll(entries: readonly Entry[]): string | undefined {
    const tooMany = explainTooMany(new Set([...list.entries, ...entries]));
    if (!tooMany) want(entries);
    return tooMany;
  }

  /**
   * Takes up the list of the address, else that of the last visit. What is wrong with the address comes into the field,
   * with an explanation.
   * @param notWatched entries to be added besides.
   * @param sentence shown before the explanation.
   */
  function takeList(notWatched: readonly Entry[], sentence: string): void {
    const { list: named, strays } = readAddress(new URL(location.href));
    const { entries, invalid } = named ?? { entries: readStoredList(openStorage), invalid: [] };
    const all = [...entries, ...notWatched];
    const tooMany = addAll(all);
    addForm.fill([...(tooMany ? all : []), ...invalid, ...strays.flatMap(({ items }) => items)], true);
    explain(sentence, tooMany, explainInvalid(invalid), explainStrays(strays));
  }

  /** A link with a user and a list does not change the list of the user: that takes the person who opened it. */
  function offerList(userId: string): void {
    const { list: named, strays } = readAddress(new URL(location.href));
    const words = [
      ...(named?.entries ?? []),
      ...(named?.invalid ?? []),
      ...strays.flatMap(({ items }) => items),
    ];
    if (words.length > 0) addForm.fill(words, false);
    explain(named && words.length > 0 && explainUserList(userId), explainStrays(strays));
  }

  /** Shows what is wrong with the address. */
  function explain(...sentences: readonly (string | false | undefined)[]): void {
    const badName = isBadName && explainBadUser(named);
    addForm.showMessage([...sentences, badName].filter(Boolean).join(" "));
  }

  /** A user's list changes when the service says so, which also tells the user's other connections. */
  function want(entries: readonly Entry[]): void {
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

  function takeToken(text: string): void {
    if (signIn.useToken(text)) {
      enter();
      return;
    }
    showAll();
    signInForm.select();
  }

  function signOut(): void {
    signIn.clearToken();
    enter();
  }

  function goOnWithoutUser(reason: string, notWatched: readonly Entry[]): void {
    if (signIn.token) {
      signIn.clearToken(reason);
      if (access.watch === "token") enter();
      else takeStanding(notWatched);
      return;
    }
    const refused = user;
    signIn.ignoreNamedUser();
    takeStanding(notWatched, `Not watching as ${refused}. ${reason}`);
  }

  /** Connects anew, as what the page is now. */
  function enter(): void {
    socket.stop();
    takeStanding();
    socket.start();
  }

  /**
   * Makes the page what it is with its token, or without one. A socket that is open goes on as that.
   * @param notWatched what the person wanted to be added to the list before this, and was not.
   * @param sentence why there is no user any more.
   */
  function takeStanding(notWatched: readonly Entry[] = [], sentence = ""): void {
    const { subprotocols: offer, user: next } = signIn.session;
    user = next?.id;
    isFollowing = false;
    list = new WatchList(user);
    socket.replaceRequests(
      next ? new UserListRequests(next.attachment, goOnWithoutUser) : new OwnListRequests(),
    );
    addForm.showMessage("");
    showAll();
    if (!offer) return;
    if (!next) takeList(notWatched, sentence);
    else if (isArriving) offerList(next.id);
    isArriving = false;
  }

  function showAll(): void {
    const goOn = () => (signIn.token ? addForm.input.focus() : signInForm.focus());
    restoreFocus(() => {
      addForm.isHidden = !signIn.canConnect;
      signInForm.show(signInView(access, signIn.named, signIn));
      showList();
    }, goOn);
  }

  function showOwnList(): void {
    keepList();
    showList();
  }

  /** Has the address and the next visit know the page's own list. */
  function keepList(): void {
    const { entries } = list;
    const address = withList(new URL(location.href), user === undefined ? entries : []);
    // Chromium allows 200 such calls in 10 s. That many tickers nobody types, but baskets change by themselves.
    if (address.href !== location.href) history.replaceState(null, "", address);
    if (user === undefined) storeList(openStorage, entries);
  }

  function showList(): void {
    view.show(list);
    showSession(standingLine, isFollowing ? user : undefined, signIn.token);
    publish.show(list.lines[0]?.ticker, !addForm.isHidden);
  }

  bindPageLifecycle(socket, () => {
    if (signIn.reloadToken()) takeStanding();
  });
  takeStanding();
  socket.start();
}

function showStatus(state: string, text: string): void {
  status.dataset["state"] = state;
  // Writing the same text anew would have a screen reader say it again.
  if (status.textContent !== text) status.textContent = text;
}
