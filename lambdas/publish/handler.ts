import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { withinInvocation } from "../deadline.ts";
import { QueueError } from "../errors.ts";
import type { FanOutResult } from "../fan-out/fan-out.ts";
import { openFanOut } from "../fan-out/open-fan-out.ts";
import { logger } from "../log.ts";
import { openConnections, openSubscriptions, readPageOrigin } from "../open-ports.ts";
import { acceptsOrigin } from "../origin.ts";
import { broadcast } from "./broadcast.ts";
import { isForm, type Parsed, parseBroadcast, parseForm } from "./form.ts";
import { publish } from "./publish.ts";
import { recordPublish } from "./record-publish.ts";

const pageOrigin = readPageOrigin();
const { pages, directWatchers } = openFanOut();
const ports = { subscriptions: openSubscriptions(), connections: openConnections(), pages };

/** Answers the HTTP API: `POST /` publishes, `POST /broadcast` tells everybody, `$default` is everything else. */
export async function handler(
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> {
  logger.addContext(context);
  // A form post needs no preflight, so CORS alone would not keep another site's page from publishing.
  const headers = event.headers ?? {};
  const { domainName } = event.requestContext;
  if (!acceptsOrigin(headers["origin"], { pageOrigin, ownHost: domainName })) {
    return line(403, `foreign origin: expected ${pageOrigin}`);
  }
  // By the route and not by the path, which carries the stage.
  const answer = ROUTES[event.routeKey];
  if (!answer) {
    return event.requestContext.http.method === "OPTIONS" ? { statusCode: 204 } : line(400, "must use POST");
  }
  if (!isForm(headers["content-type"])) {
    return line(400, "must use content type application/x-www-form-urlencoded");
  }
  const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8").toString();
  return await withinInvocation(context, () => answer(body));
}

const ROUTES: Readonly<Record<string, (body: string) => Promise<APIGatewayProxyStructuredResultV2>>> = {
  "POST /": async (body) =>
    await answerForm(parseForm(body), PUBLISH_FAILED, async (form) => {
      const { summary, times } = await publish(ports, form, new Date(), directWatchers);
      recordPublish(summary, times);
      return summary;
    }),
  "POST /broadcast": async (body) =>
    await answerForm(parseBroadcast(body), BROADCAST_FAILED, async (message) => {
      const summary = await broadcast(ports, message, directWatchers);
      logger.info("Broadcast", { ...summary });
      return summary;
    }),
};

async function answerForm<Form>(
  parsed: Parsed<Form>,
  failed: FailureLines,
  carryOut: (form: Form) => Promise<FanOutResult>,
): Promise<APIGatewayProxyStructuredResultV2> {
  if (!parsed.ok) return line(400, parsed.problem);
  try {
    const summary = await carryOut(parsed.form);
    return {
      statusCode: "failed" in summary ? 503 : 200,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(summary),
    };
  } catch (error) {
    logger.error("A post could not be carried out", error as Error);
    return line(503, error instanceof QueueError ? failed.queue : failed.graph);
  }
}

/** What to say when the graph, or the queue, failed. */
interface FailureLines {
  readonly graph: string;
  readonly queue: string;
}

const PUBLISH_FAILED: FailureLines = {
  graph:
    "the graph could not be asked: the price may be stored, nobody was told; publish again, repeating is harmless",
  queue:
    "not all watchers could be queued: the price is stored, some may be told; publish again, repeating is harmless",
};

const BROADCAST_FAILED: FailureLines = {
  graph: "the graph could not be asked: nobody or only some were told; repeating tells those twice",
  queue: "not everybody could be queued: some may be told; repeating tells those twice",
};

function line(statusCode: number, text: string): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { "content-type": "text/plain; charset=utf-8" }, body: text };
}
