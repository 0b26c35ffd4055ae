import { type Attachment, firstBatch, isAttachment, type PendingRequests, type Request } from "./agenda.ts";
import type { Entry } from "./entry.ts";

/**
 * For a page that follows the list of a user: each connection is made one of the user's, and then asked for the changes
 * that the person made here. Never for the list, which another connection may have changed meanwhile.
 */
export class UserListRequests implements PendingRequests {
  readonly #attachment: Attachment;
  readonly #onRefused: (message: string, notWatched: readonly Entry[]) => void;
  /** Not answered yet, on whichever socket they were asked. */
  readonly #changes = new Map<Entry, "watch" | "unwatch">();
  #isAttached = false;
  /** Of the list that came with the attachment. A token does not name its user to this page. */
  #userId: string | undefined;

  /** @param onRefused told when the service will not take the user, with what the person wanted to be added meanwhile. */
  constructor(attachment: Attachment, onRefused: (message: string, notWatched: readonly Entry[]) => void) {
    this.#attachment = attachment;
    this.#onRefused = onRefused;
  }

  reset(): void {
    this.#isAttached = false;
  }

  watch(entries: readonly Entry[]): void {
    for (const entry of entries) this.#changes.set(entry, "watch");
  }

  unwatch(entry: Entry): void {
    this.#changes.set(entry, "unwatch");
  }

  next(): Request | undefined {
    if (!this.#isAttached) return this.#attachment;
    // `unwatch` first, because it makes room for others under the limit of a user.
    for (const action of ["unwatch", "watch"] as const) {
      const entries = this.#asked(action);
      if (entries.length > 0) return { action, entries: firstBatch(entries) };
    }
    return undefined;
  }

  /** Attaches again when the list is not this user's: the service has lost the attachment. The list itself is the user's. */
  reconcile(_watching: ReadonlySet<Entry>, userId?: string): void {
    if (!this.#isAttached) this.#userId = userId;
    else if (userId !== this.#userId) this.#isAttached = false;
  }

  ack(request: Request): void {
    if (isAttachment(request)) {
      this.#isAttached = true;
      return;
    }
    for (const entry of request.entries) {
      // The person may have changed their mind meanwhile.
      if (this.#changes.get(entry) === request.action) this.#changes.delete(entry);
    }
  }

  reject(request: Request, message: string): void {
    this.ack(request);
    if (isAttachment(request)) this.#onRefused(message, this.#asked("watch"));
  }

  #asked(action: "watch" | "unwatch"): Entry[] {
    return [...this.#changes].flatMap(([entry, asked]) => (asked === action ? [entry] : []));
  }
}
