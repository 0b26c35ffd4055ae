import { createDropButton } from "./drop-button.ts";
import { keepListFocus } from "./keep-list-focus.ts";
import { timeElement } from "./time-element.ts";

/** Keeps the prices visible after many notices. */
const MAX_NOTICES = 5;

/** Above the limit of a broadcast; a message in the queue could contain 128 KiB. */
const MAX_LENGTH = 2000;

interface Notice {
  readonly text: string;
  readonly item: HTMLLIElement;
}

/** The operator's notices, newest first, until dismissed. */
export class NoticeList {
  readonly #list: HTMLElement;
  readonly #fallback: HTMLElement;
  #notices: readonly Notice[] = [];

  /** @param fallback receives the focus when the last notice is dismissed. */
  constructor(list: HTMLElement, fallback: HTMLElement) {
    this.#list = list;
    this.#fallback = fallback;
  }

  /** Shows a notice with the current time. A duplicate, which a queue may deliver, replaces the first. */
  add(message: string): void {
    const text = message.length > MAX_LENGTH ? `${message.slice(0, MAX_LENGTH)}…` : message;
    const others = this.#notices.filter((notice) => notice.text !== text);
    this.#show([this.#make(text), ...others].slice(0, MAX_NOTICES));
  }

  #make(text: string): Notice {
    const item = document.createElement("li");
    const paragraph = document.createElement("p");
    paragraph.dir = "auto";
    paragraph.textContent = text;
    const notice = { text, item };
    const dismiss = createDropButton("Dismiss notice", () => {
      this.#show(this.#notices.filter((other) => other !== notice));
    });
    item.append(paragraph, timeElement(new Date().toISOString()), dismiss);
    return notice;
  }

  #show(notices: readonly Notice[]): void {
    keepListFocus(this.#list, this.#fallback, () => {
      for (const { item } of this.#notices)
        if (!notices.some((notice) => notice.item === item)) item.remove();
      const [first] = notices;
      // Items that stay are not touched, or a screen reader would read them again.
      if (first && !first.item.isConnected) this.#list.prepend(first.item);
    });
    this.#notices = notices;
  }
}
