import type { Context, SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { withinInvocation } from "../deadline.ts";
import { logger } from "../log.ts";
import { openConnections, openSubscriptions } from "../open-ports.ts";
import { parseNotification } from "./notification.ts";
import { notify } from "./notify.ts";

const ports = { subscriptions: openSubscriptions(), connections: openConnections() };

/**
 * Tells connections what the queues hold. A message that failed stays in its queue, to be tried again; after some tries
 * SQS moves it to the dead-letter queue. One that could not be finished in time has failed too: a Lambda that is killed reports
 * nothing, and its whole batch comes again. Nothing is sent to a queue from here: Lambda stops such chains.
 */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  logger.addContext(context);
  const failures = await withinInvocation(context, () => Promise.all(event.Records.map(settle)));
  return { batchItemFailures: failures.filter((failure) => failure !== undefined) };
}

/** Never throws: one message must not fail the others of its batch. */
async function settle(record: SQSRecord): Promise<SQSBatchItemFailure | undefined> {
  const { messageId } = record;
  const failure = { itemIdentifier: messageId };
  const where = { messageId, receiveCount: Number(record.attributes?.ApproximateReceiveCount) };
  try {
    // Parsed here, inside: a body can be made that breaks any parser.
    const parsed = parseNotification(record.body ?? "");
    if (!parsed.ok) {
      logger.error("A message can never succeed", { ...where, reason: parsed.problem });
      return failure;
    }
    const outcome = await notify(ports, parsed.notification);
    if (outcome === "done") return undefined;
    if (outcome === "no-connections") {
      const { notification } = parsed;
      const userId = notification.kind === "user" ? notification.userId : undefined;
      logger.info("The user has no connections: nothing was sent", { ...where, userId });
      return undefined;
    }
    if (outcome === "never") {
      logger.error("A message can never succeed", {
        ...where,
        reason: "Expected data of at most 128 KiB, which is all that API Gateway sends to a connection.",
      });
    } else {
      logger.warn("A message is tried again: somebody could be neither reached nor closed", where);
    }
  } catch (error) {
    logger.warn("A message is tried again", { ...where, error });
  }
  return failure;
}
