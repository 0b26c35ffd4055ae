import type { Context, SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { withinInvocation } from "../deadline.ts";
import { logger } from "../log.ts";
import { openConnections, openSubscriptions } from "../open-ports.ts";
import { parseQueuedNotification } from "./notification.ts";
import { notify } from "./notify.ts";

const ports = { subscriptions: openSubscriptions(), connections: openConnections() };

/**
 * Delivers queued messages to WebSocket connections, and reports failed and unfinished ones to SQS for
 * redelivery. Must not send to a queue itself: Lambda stops recursive loops.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  logger.addContext(context);
  const failures = await withinInvocation(context, () => Promise.all(event.Records.map(deliverRecord)));
  return { batchItemFailures: failures.filter((failure) => failure !== undefined) };
}

/** Never throws: one message must not fail the rest of its batch. */
async function deliverRecord(record: SQSRecord): Promise<SQSBatchItemFailure | undefined> {
  const { messageId } = record;
  const failure = { itemIdentifier: messageId };
  const where = { messageId, receiveCount: Number(record.attributes?.ApproximateReceiveCount) };
  try {
    // Inside the try, because a hostile body may make the parser throw.
    const parsed = parseQueuedNotification(record.body ?? "");
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
        reason: "Expected data of at most 128 KiB, the API Gateway limit for one message.",
      });
    } else {
      logger.warn("Message will be retried: a connection could be neither reached nor closed", where);
    }
  } catch (error) {
    logger.warn("Message will be retried", { ...where, error });
  }
  return failure;
}
