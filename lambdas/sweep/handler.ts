import type { Context } from "aws-lambda";
import { logger } from "../log.ts";
import { openSubscriptions } from "../open-ports.ts";
import { sweep } from "./sweep.ts";

const subscriptions = openSubscriptions();

/** Sweeping may go on until this much time is left. */
const RESERVE_MS = 15_000;

/** Called by the hour. */
export async function handler(_event: unknown, context: Context): Promise<void> {
  logger.addContext(context);
  const hasTime = () => context.getRemainingTimeInMillis() > RESERVE_MS;
  const result = await sweep(subscriptions, new Date(), hasTime);
  logger.info("Swept", { ...result });
}
