import type { Entry } from "./entry.ts";
import { firstBatch, isAttachment, type PendingRequests, type Request } from "./pending-requests.ts";

/** Keeps each connection subscribed to exactly the client's own list. */
export class OwnListRequests implements PendingRequests {
  readonly #list = new Set<Entry>();
  /** The part of the list without an answer. */
  readonly #toWatch = new Set<Entry>();
  /** Not requested again on this socket: the answer would be the same. */
  readonly #rejected = new Set<Entry>();
  /** The last list that the service sent. */
  #watching: ReadonlySet<Entry> = new Set();

  reset(): void {
    this.#rejected.clear();
    this.#toWatch.clear();
    this.#watching = new Set();
    this.watch([...this.#list]);
  }

  watch(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#list.add(entry);
      this.#rejected.delete(entry);
      this.#toWatch.add(entry);
    }
  }

  unwatch(entry: Entry): void {
    this.#list.delete(entry);
    this.#toWatch.delete(entry);
  }

  next(): Request | undefined {
    // `unwatch` first: it frees capacity below the connection limit.
    const surplus = [...this.#watching].filter(
      (entry) => !this.#list.has(entry) && !this.#rejected.has(entry),
    );
    if (surplus.length > 0) return { action: "unwatch", entries: firstBatch(surplus) };
    return this.#toWatch.size > 0 ? { action: "watch", entries: firstBatch(this.#toWatch) } : undefined;
  }

  reconcile(watching: ReadonlySet<Entry>): void {
    this.#watching = watching;
    // A late `unwatch` may have undone a `watch`. An outdated list costs only one more request.
    for (const entry of this.#list) {
      if (!watching.has(entry) && !this.#rejected.has(entry)) this.#toWatch.add(entry);
    }
  }

  ack(request: Request): void {
    if (request.action === "watch") for (const entry of request.entries) this.#toWatch.delete(entry);
  }

  reject(request: Request): void {
    if (isAttachment(request)) return;
    for (const entry of request.entries) this.#rejected.add(entry);
    this.ack(request);
  }
}
