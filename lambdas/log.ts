import { Logger } from "@aws-lambda-powertools/logger";

/** JSON lines; the service name comes from POWERTOOLS_SERVICE_NAME, which infra/lambda-function.ts declares. */
export const logger = new Logger();
