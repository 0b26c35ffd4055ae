/** The port to the queue of recipient batches, which `notify` delivers. */
export interface RecipientBatchQueue {
  /**
   * Resolves when all batches are queued. A batch may be queued more than once.
   * @param batches serialized batches; each must be smaller than 1 MiB, the maximum of infra/notification-queues.ts.
   * @throws {QueueError} when a batch cannot be queued. Others may have been queued; safe to retry.
   */
  send(batches: readonly string[]): Promise<void>;
}
