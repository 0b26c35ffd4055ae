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
import { checkContentType } from "./content-type.ts";
import { parseBroadcast, parseForm } from "./form.ts";
import { decodeBody, type Parsed } from "./form-fields.ts";
import { publish } from "./publish.ts";
import { recordPublish } from "./record-publish.ts";

const pageOrigin = readPageOrigin();
const { pages, directWatchers } = openFanOut();
const ports = { subscriptions: openSubscriptions(), connections: openConnections(), pages };

/** Handles the HTTP API: `POST /` publishes prices, `POST /broadcast` sends a notice to all connections. */
export async function handler(
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> {
  logger.addContext(context);
  // A form post needs no preflight, so CORS alone does not stop pages of other sites from publishing.
  const headers = event.headers ?? {};
  const { domainName } = event.requestContext;
  if (!acceptsOrigin(headers["origin"], { pageOrigin, ownHost: domainName })) {
    return textResult(403, `foreign origin: expected ${pageOrigin}`);
  }
  // The route key and not the path, which includes the stage.
  const handleRoute = ROUTES[event.routeKey];
  if (!handleRoute) return handleDefault(event);
  const problem = checkContentType(headers["content-type"]);
  if (problem !== undefined) return textResult(400, problem);
  const body = decodeBody(Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8"));
  if (!body.ok) return textResult(400, body.problem);
  return await withinInvocation(context, () => handleRoute(body.form, event.requestContext.timeEpoch));
}

/** `$default`: preflights, other methods, and posts to other paths. */
function handleDefault({
  rawPath = "/",
  requestContext: { stage, http },
}: APIGatewayProxyEventV2): APIGatewayProxyStructuredResultV2 {
  if (http.method === "OPTIONS") return { statusCode: 204 };
  if (http.method !== "POST") return textResult(400, "must use POST");
  // The path begins with the stage name, unless the stage is `$default` or a custom domain maps it.
  const path = rawPath.startsWith(`/${stage}/`) ? rawPath.slice(stage.length + 1) : rawPath;
  return textResult(
    404,
    `no such path: ${excerpt(path)} (POST / publishes prices, POST /broadcast sends a notice)`,
  );
}

type RouteHandler = (body: string, arrivalMs: number) => Promise<APIGatewayProxyStructuredResultV2>;

const ROUTES: Readonly<Record<string, RouteHandler>> = {
  "POST /": async (body, arrivalMs) =>
    await handleForm(parseForm(body, arrivalMs), PUBLISH_FAILED, async (form) => {
      const at = new Date(form.timeMs ?? arrivalMs);
      const { summary, times } = await publish(ports, form, at, directWatchers);
      recordPublish(summary, times);
      return summary;
    }),
  "POST /broadcast": async (body) =>
    await handleForm(parseBroadcast(body), BROADCAST_FAILED, async (message) => {
      const summary = await broadcast(ports, message, directWatchers);
      logger.info("Broadcast", { ...summary });
      return summary;
    }),
};

async function handleForm<Form>(
  parsed: Parsed<Form>,
  failed: FailureTexts,
  run: (form: Form) => Promise<FanOutResult>,
): Promise<APIGatewayProxyStructuredResultV2> {
  if (!parsed.ok) return textResult(400, parsed.problem);
  try {
    const summary = await run(parsed.form);
    return {
      statusCode: "failed" in summary ? 503 : 200,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(summary),
    };
  } catch (error) {
    logger.error("Publish or broadcast failed", error as Error);
    return textResult(503, error instanceof QueueError ? failed.queue : failed.graph);
  }
}

/** The 503 bodies for a failed graph and a failed queue. */
interface FailureTexts {
  readonly graph: string;
  readonly queue: string;
}

const PUBLISH_FAILED: FailureTexts = {
  graph: "graph unavailable: price may be stored, no watcher notified; safe to retry",
  queue: "queue unavailable: price stored, some watchers may be notified; safe to retry",
};

const BROADCAST_FAILED: FailureTexts = {
  graph: "graph unavailable: some connections may be notified; a retry may notify them twice",
  queue: "queue unavailable: some connections may be notified; a retry may notify them twice",
};

function textResult(statusCode: number, text: string): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { "content-type": "text/plain; charset=utf-8" }, body: text };
}
