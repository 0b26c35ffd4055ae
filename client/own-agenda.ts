import { firstBatch, isAttachment, type PendingRequests, type Request } from "./agenda.ts";
import type { Entry } from "./entry.ts";

/** For a page with a list of its own: each connection is asked for all of it, and for nothing else. */
export class OwnListRequests implements PendingRequests {
  readonly #wanted = new Set<Entry>();
  /** Wanted, and not answered yet. */
  readonly #toWatch = new Set<Entry>();
  /** Not to be asked for again: the answer would be the same. */
  readonly #refused = new Set<Entry>();
  /** What the service said last that the connection watches. */
  #watching: ReadonlySet<Entry> = new Set();

  reset(): void {
    this.#refused.clear();
    this.#toWatch.clear();
    this.#watching = new Set();
    this.watch([...this.#wanted]);
  }

  watch(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#wanted.add(entry);
      this.#refused.delete(entry);
      this.#toWatch.add(entry);
    }
  }

  unwatch(entry: Entry): void {
    this.#wanted.delete(entry);
    this.#toWatch.delete(entry);
  }

  next(): Request | undefined {
    // First, because it makes room for others under the limit of a connection.
    const unwanted = [...this.#watching].filter(
      (entry) => !this.#wanted.has(entry) && !this.#refused.has(entry),
    );
    if (unwanted.length > 0) return { action: "unwatch", entries: firstBatch(unwanted) };
    return this.#toWatch.size > 0 ? { action: "watch", entries: firstBatch(this.#toWatch) } : undefined;
  }

  reconcile(watching: ReadonlySet<Entry>): void {
    this.#watching = watching;
    // An `unwatch` that was slow may have undone a `watch`: the answers tell. An old list only costs a request.
    for (const entry of this.#wanted) {
      if (!watching.has(entry) && !this.#refused.has(entry)) this.#toWatch.add(entry);
    }
  }

  ack(request: Request): void {
    if (request.action === "watch") for (const entry of request.entries) this.#toWatch.delete(entry);
  }

  reject(request: Request): void {
    if (isAttachment(request)) return;
    for (const entry of request.entries) this.#refused.add(entry);
    this.ack(request);
  }
}
