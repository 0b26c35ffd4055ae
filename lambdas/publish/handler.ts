import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { QueueError } from "#protocol/errors.ts";
import { excerpt } from "#protocol/printable.ts";
import { withinInvocation } from "../deadline.ts";
import type { FanOutResult } from "../delivery/fan-out.ts";
import { openFanOut } from "../delivery/open-fan-out.ts";
import { logger } from "../log.ts";
import { openConnections, openSubscriptions, readPageOrigin } from "../open-ports.ts";
import { acceptsOrigin } from "../origin.ts";
import { broadcast } from "./broadcast.ts";
import { contentTypeProblem } from "./content-type.ts";
import { parseBroadcast, parseForm } from "./form.ts";
import { decodeBody, type Parsed } from "./form-fields.ts";
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
  if (!answer) return answerDefault(event);
  const problem = contentTypeProblem(headers["content-type"]);
  if (problem !== undefined) return line(400, problem);
  const body = decodeBody(Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8"));
  if (!body.ok) return line(400, body.problem);
  return await withinInvocation(context, () => answer(body.form, event.requestContext.timeEpoch));
}

/** `$default`: preflights, other methods, and posts to other paths. */
function answerDefault({
  rawPath = "/",
  requestContext: { stage, http },
}: APIGatewayProxyEventV2): APIGatewayProxyStructuredResultV2 {
  if (http.method === "OPTIONS") return { statusCode: 204 };
  if (http.method !== "POST") return line(400, "must use POST");
  // Unless the stage is `$default` or a custom domain maps it, the path begins with its name.
  const path = rawPath.startsWith(`/${stage}/`) ? rawPath.slice(stage.length + 1) : rawPath;
  return line(
    404,
    `no such path: ${excerpt(path)} (POST / publishes prices, POST /broadcast sends a notice)`,
  );
}

type Answer = (body: string, arrivalMs: number) => Promise<APIGatewayProxyStructuredResultV2>;

const ROUTES: Readonly<Record<string, Answer>> = {
  "POST /": async (body, arrivalMs) =>
    await answerForm(parseForm(body, arrivalMs), PUBLISH_FAILED, async (form) => {
      const at = new Date(form.timeMs ?? arrivalMs);
      const { summary, times } = await publish(ports, form, at, directWatchers);
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
