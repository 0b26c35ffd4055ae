import type { Context } from "aws-lambda";
import { withinInvocation } from "../deadline.ts";
import { openFanOut } from "../delivery/open-fan-out.ts";
import { logger } from "../log.ts";
import { openConnections, openSubscriptions } from "../open-ports.ts";
import { dispatch } from "./dispatch.ts";
import { parseOperation } from "./operation.ts";

const ports = { subscriptions: openSubscriptions(), connections: openConnections(), ...openFanOut() };

/** Admin operations, called by Lambda Invoke: callers need `lambda:InvokeFunction`; no API routes here. */
export async function handler(event: unknown, context: Context): Promise<object> {
  logger.addContext(context);
  const parsed = parseOperation(event);
  if (!parsed.ok) return { problem: parsed.problem };
  const answer = await withinInvocation(context, () => dispatch(ports, parsed.operation));
  logger.info("Operation completed", { ...parsed.operation });
  return answer;
}
