/** Where pages of recipients wait for `notify`. */
export interface PageQueue {
  /**
   * Resolves when every page is safely queued. A page that was queued before a fault may come twice.
   * @param pages texts, each well under 1 MiB, which is what a queue of infra/notification-queues.ts takes.
   * @throws {QueueError} when one could not be queued: others may have been. Doing it all again is harmless.
   */
  send(pages: readonly string[]): Promise<void>;
}
