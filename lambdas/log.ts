import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";

/** JSON lines; the service name comes from POWERTOOLS_SERVICE_NAME, which infra/lambda-function.ts declares. */
export const logger = new Logger();

/** CloudWatch metrics, written as log lines (embedded metric format) in the namespace POWERTOOLS_METRICS_NAMESPACE. */
export const metrics = new Metrics();
