import type { Context } from "aws-lambda";
import { openFanOut } from "../fan-out/open-fan-out.ts";
import { logger } from "../log.ts";
import { openConnections, openSubscriptions } from "../open-ports.ts";
import { changeBasket } from "./change-basket.ts";
import { parseOperation } from "./operation.ts";

const { pages, directWatchers } = openFanOut();
const ports = { subscriptions: openSubscriptions(), connections: openConnections(), pages };

/** Called by Lambda Invoke: its callers need `lambda:InvokeFunction`, no API leads here. */
export async function handler(event: unknown, context: Context): Promise<unknown> {
  logger.addContext(context);
  const parsed = parseOperation(event);
  if (!parsed.ok) return { problem: parsed.problem };
  const { name, tickers } = parsed.operation;
  const result = await changeBasket(ports, name, tickers, directWatchers);
  logger.info("Changed a basket", { ...result });
  return result;
}
