import type { Context } from "aws-lambda";
import { logger } from "../log.ts";
import { openSubscriptions } from "../open-ports.ts";
import { sweep } from "./sweep.ts";

const subscriptions = openSubscriptions();

/** No step starts with less than this left of the invocation. */
const RESERVE_MS = 15_000;

/** Deletes expired connections; runs every hour. */
export async function handler(_event: unknown, context: Context): Promise<void> {
  logger.addContext(context);
  const hasTime = () => context.getRemainingTimeInMillis() > RESERVE_MS;
  const result = await sweep(subscriptions, new Date(), hasTime);
  logger.info("Swept", { ...result });
}
