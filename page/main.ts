import type { Entry } from "#client/entry.ts";
import { explainRefusal, explainTooMany, type ParsedEntries } from "#client/entry-list.ts";
import { holdingsOf } from "#client/holdings.ts";
import { OwnAgenda } from "#client/own-agenda.ts";
import { statusText } from "#client/status-text.ts";
import { after } from "#client/timer.ts";
import { UserAgenda } from "#client/user-agenda.ts";
import { WatchList } from "#client/watch-list.ts";
import { WatchSocket } from "#client/watch-socket.ts";
import { isUserId } from "#protocol/user-id.ts";
import { AddForm } from "./add-form.ts";
import { isServerReachable, loadConfig, type PageConfig } from "./config.ts";
import { findElement } from "./find-element.ts";
import { keepPlace } from "./keep-place.ts";
import { KeptToken } from "./kept-token.ts";
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
import { followPage } from "./page-life.ts";
import { PublishSection } from "./publish-section.ts";
import { SignIn } from "./sign-in.ts";
import { SignInForm } from "./sign-in-form.ts";
import { signInView } from "./sign-in-view.ts";
import { StaleMark } from "./stale-mark.ts";
import { showStanding } from "./standing-line.ts";
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
    kept: new KeptToken(() => sessionStorage),
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
    offer: () => signIn.standing.offer,
    agenda: new OwnAgenda(),
    holdings: () => holdingsOf(list, view.versions),
    isReachable: () => isServerReachable(fetch),
    after,
    random: Math.random,
    onStatus(now) {
      const isRefused = now.state === "waiting" && !now.wasOpen && !now.isOffline;
      if (isRefused && signIn.failed()) showAll();
      showStatus(now.state, statusText(now, !signIn.isLetIn));
      staleMark.show(now);
    },
    onNewSocket() {
      list.forgetVersions();
      view.forgetVersions();
      if (signIn.opened()) showAll();
    },
    onQuotes(message) {
      staleMark.receive();
      // First the rows, then what they show.
      if (list.take(message)) {
        isFollowing ||= user !== undefined && message.user?.id === user;
        keepList();
        showList();
      }
      view.take(message.quotes);
    },
    onNotice: (message) => notices.add(message),
    onRefusal: (message) => addForm.say(message),
  });

  /** Takes what was typed into the list: all of it, or nothing when a part of it is wrong. */
  function add({ entries, refused }: ParsedEntries): void {
    const problem = refused.length > 0 ? `${explainRefusal(refused)} Nothing was added.` : addAll(entries);
    if (problem) addForm.refuse();
    else addForm.clear();
    addForm.say(problem ?? "");
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
    const { entries, refused } = named ?? { entries: readStoredList(openStorage), refused: [] };
    const all = [...entries, ...notWatched];
    const tooMany = addAll(all);
    addForm.offer([...(tooMany ? all : []), ...refused, ...strays.flatMap(({ words }) => words)], true);
    explain(sentence, tooMany, explainRefusal(refused), explainStrays(strays));
  }

  /** A link with a user and a list does not change the list of the user: that takes the person who opened it. */
  function offerList(userId: string): void {
    const { list: named, strays } = readAddress(new URL(location.href));
    const words = [
      ...(named?.entries ?? []),
      ...(named?.refused ?? []),
      ...strays.flatMap(({ words }) => words),
    ];
    if (words.length > 0) addForm.offer(words, false);
    explain(named && words.length > 0 && explainUserList(userId), explainStrays(strays));
  }

  /** Shows what is wrong with the address. */
  function explain(...sentences: readonly (string | false | undefined)[]): void {
    const badName = isBadName && explainBadUser(named);
    addForm.say([...sentences, badName].filter(Boolean).join(" "));
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
    list.drop(entry);
    showOwnList();
  }

  function takeToken(text: string): void {
    if (signIn.take(text)) {
      enter();
      return;
    }
    showAll();
    signInForm.select();
  }

  function signOut(): void {
    signIn.forget();
    enter();
  }

  function goOnWithoutUser(reason: string, notWatched: readonly Entry[]): void {
    if (signIn.token) {
      signIn.forget(reason);
      if (access.watch === "token") enter();
      else takeStanding(notWatched);
      return;
    }
    const refused = user;
    signIn.forgetName();
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
    const { offer, user: next } = signIn.standing;
    user = next?.id;
    isFollowing = false;
    list = new WatchList(user);
    socket.follow(next ? new UserAgenda(next.attachment, goOnWithoutUser) : new OwnAgenda());
    addForm.say("");
    showAll();
    if (!offer) return;
    if (!next) takeList(notWatched, sentence);
    else if (isArriving) offerList(next.id);
    isArriving = false;
  }

  function showAll(): void {
    const goOn = () => (signIn.token ? addForm.input.focus() : signInForm.focus());
    keepPlace(() => {
      addForm.isHidden = !signIn.isLetIn;
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
    showStanding(standingLine, isFollowing ? user : undefined, signIn.token);
    publish.show(list.lines[0]?.ticker, !addForm.isHidden);
  }

  followPage(socket, () => {
    if (signIn.returnTo()) takeStanding();
  });
  takeStanding();
  socket.start();
}

function showStatus(state: string, text: string): void {
  status.dataset["state"] = state;
  // Writing the same text anew would have a screen reader say it again.
  if (status.textContent !== text) status.textContent = text;
}
