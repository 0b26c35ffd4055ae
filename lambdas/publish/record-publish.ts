import { Metrics } from "@aws-lambda-powertools/metrics";
import { logger } from "../log.ts";
import type { PublishSummary, PublishTimes } from "./publish.ts";

/** Writes CloudWatch metrics as log lines (EMF), in the namespace POWERTOOLS_METRICS_NAMESPACE. */
const metrics = new Metrics();

/** Writes the result and the durations of a publish to the log and to CloudWatch metrics. */
export function recordPublish(summary: PublishSummary, times: PublishTimes): void {
  logger.info("Published", { ...summary, ...times });
  for (const [name, count] of Object.entries(summary)) {
    metrics.addMetric(name.charAt(0).toUpperCase() + name.slice(1), "Count", count);
  }
  metrics.addMetric("GraphWrite", "Milliseconds", times.graphWriteMs);
  metrics.addMetric("GraphRead", "Milliseconds", times.graphReadMs);
  metrics.addMetric("Posts", "Milliseconds", times.postsMs);
  metrics.publishStoredMetrics();
}
