import type { Entry } from "./entry.ts";
import {
  type Attachment,
  firstBatch,
  isAttachment,
  type PendingRequests,
  type Request,
} from "./pending-requests.ts";

/**
 * Attaches each connection to a user, then sends the changes made in this client. Never sends the list, which another
 * connection may have changed.
 */
export class UserListRequests implements PendingRequests {
  readonly #attachment: Attachment;
  readonly #onRejected: (message: string, notWatched: readonly Entry[]) => void;
  /** Changes without an answer, on any socket. */
  readonly #changes = new Map<Entry, "watch" | "unwatch">();
  #isAttached = false;
  /** From the list in the answer to the attachment; the client does not decode the token. */
  #userId: string | undefined;

  /** @param onRejected called when the service rejects the user, with the entries that were still to be added. */
  constructor(attachment: Attachment, onRejected: (message: string, notWatched: readonly Entry[]) => void) {
    this.#attachment = attachment;
    this.#onRejected = onRejected;
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
    // `unwatch` first: it frees capacity below the user limit.
    for (const action of ["unwatch", "watch"] as const) {
      const entries = this.#entriesTo(action);
      if (entries.length > 0) return { action, entries: firstBatch(entries) };
    }
    return undefined;
  }

  /** Attaches again if the list belongs to someone else: the service has lost the attachment. */
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
      // The user may have reversed the change since the request was sent.
      if (this.#changes.get(entry) === request.action) this.#changes.delete(entry);
    }
  }

  reject(request: Request, message: string): void {
    this.ack(request);
    if (isAttachment(request)) this.#onRejected(message, this.#entriesTo("watch"));
  }

  #entriesTo(action: "watch" | "unwatch"): Entry[] {
    return [...this.#changes].flatMap(([entry, change]) => (change === action ? [entry] : []));
  }
}
