import { createDropButton } from "./drop-button.ts";
import { keepListFocus } from "./keep-focus.ts";
import { timeElement } from "./time-element.ts";

/** The newest few: whoever comes back after a day away wants the prices in sight. */
const MAX_NOTICES = 5;

/** More than a broadcast takes. A queue would take 128 KiB, which nobody reads above a table of prices. */
const MAX_LENGTH = 2000;

interface Notice {
  readonly text: string;
  readonly item: HTMLLIElement;
}

/** Words of the operator's, the newest first, each until it is dismissed. */
export class NoticeList {
  readonly #list: HTMLElement;
  readonly #fallback: HTMLElement;
  #notices: readonly Notice[] = [];

  /** @param fallback gets the focus when the last notice is dismissed. */
  constructor(list: HTMLElement, fallback: HTMLElement) {
    this.#list = list;
    this.#fallback = fallback;
  }

  /** Shows a notice, with the time that it is now. The same words again, as a queue may bring, take the place of the first. */
  add(message: string): void {
    const text = message.length > MAX_LENGTH ? `${message.slice(0, MAX_LENGTH)}…` : message;
    const others = this.#notices.filter((notice) => notice.text !== text);
    this.#show([this.#make(text), ...others].slice(0, MAX_NOTICES));
  }

  #make(text: string): Notice {
    const item = document.createElement("li");
    const words = document.createElement("p");
    words.dir = "auto";
    words.textContent = text;
    const notice = { text, item };
    const dismiss = createDropButton("Dismiss notice", () => {
      this.#show(this.#notices.filter((other) => other !== notice));
    });
    item.append(words, timeElement(new Date().toISOString()), dismiss);
    return notice;
  }

  #show(notices: readonly Notice[]): void {
    keepListFocus(this.#list, this.#fallback, () => {
      for (const { item } of this.#notices)
        if (!notices.some((notice) => notice.item === item)) item.remove();
      const [first] = notices;
      // What stays is not touched, or a screen reader would say it again.
      if (first && !first.item.isConnected) this.#list.prepend(first.item);
    });
    this.#notices = notices;
  }
}
