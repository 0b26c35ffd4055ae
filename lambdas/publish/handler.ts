import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { logger, metrics } from "../log.ts";
import { openPorts } from "../open-ports.ts";
import { isForm, parseForm } from "./form.ts";
import { type PublishSummary, type PublishTimes, publish } from "./publish.ts";

const { ports, pageOrigin } = openPorts();

/** Answers the HTTP API: `POST /` publishes, `$default` is everything else. */
export async function handler(
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> {
  logger.addContext(context);
  // A form post needs no preflight, so CORS alone would not keep another site's page from publishing.
  const headers = event.headers ?? {};
  const { origin = pageOrigin } = headers;
  if (origin !== pageOrigin) return line(403, `foreign origin: expected ${pageOrigin}`);
  // By the route and not by the path, which carries the stage.
  if (event.routeKey !== "POST /") {
    return event.requestContext.http.method === "OPTIONS" ? { statusCode: 204 } : line(400, "must use POST");
  }
  if (!isForm(headers["content-type"])) {
    return line(400, "must use content type application/x-www-form-urlencoded");
  }
  const parsed = parseForm(
    Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8").toString(),
  );
  if (!parsed.ok) return line(400, parsed.problem);

  try {
    const { summary, times } = await publish(ports, parsed.form, new Date());
    record(summary, times);
    return {
      statusCode: summary.failed ? 503 : 200,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(summary),
    };
  } catch (error) {
    logger.error("A publish failed", error as Error);
    return line(
      503,
      "the graph could not be asked: the price may be stored, nobody was told; publish again, repeating is harmless",
    );
  }
}

function record(summary: PublishSummary, times: PublishTimes): void {
  logger.info("Published", { ...summary, ...times });
  const { quotes, watchers, delivered, gone, closed, failed = 0 } = summary;
  const counts = {
    Quotes: quotes,
    Watchers: watchers,
    Delivered: delivered,
    Gone: gone,
    Closed: closed,
    Failed: failed,
  };
  for (const [name, count] of Object.entries(counts)) metrics.addMetric(name, "Count", count);
  metrics.addMetric("GraphWrite", "Milliseconds", times.graphWriteMs);
  metrics.addMetric("GraphRead", "Milliseconds", times.graphReadMs);
  metrics.addMetric("Posts", "Milliseconds", times.postsMs);
  metrics.publishStoredMetrics();
}

function line(statusCode: number, text: string): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { "content-type": "text/plain; charset=utf-8" }, body: text };
}
