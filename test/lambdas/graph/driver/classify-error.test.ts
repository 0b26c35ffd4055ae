import { expect, test } from "vitest";
import { classifyError } from "#lambdas/graph/driver/classify-error.ts";
import { GraphResponseError } from "#lambdas/graph/driver/graph-connection.ts";

/*
 * Classification of error messages. Does not prove that Neptune sends them: they are taken from its documentation,
 * https://docs.aws.amazon.com/neptune/latest/userguide/errors-engine-codes.html; those of TinkerPop were observed.
 */
const neptune = (code: string) => JSON.stringify({ requestId: "0", code, detailedMessage: "what happened" });

test.each([
  ["GRAPH_CONFLICT", true, neptune("ConcurrentModificationException")],
  ["GRAPH_CONFLICT", true, neptune("ConstraintViolationException")],
  ["GRAPH_CONFLICT", true, "Conflict: element modified in another transaction"],
  ["GRAPH_CONFLICT", true, "Vertex with id already exists: ticker:AAPL"],
  ["GRAPH_CONFLICT", true, "null"],
  ["GRAPH_TIMEOUT", true, neptune("TimeLimitExceededException")],
  [
    "GRAPH_TIMEOUT",
    true,
    "A timeout occurred during traversal evaluation - consider increasing evaluationTimeout",
  ],
  ["GRAPH_REFUSED", true, neptune("ReadOnlyViolationException")],
  ["GRAPH_REFUSED", true, neptune("ThrottlingException")],
  ["GRAPH_REFUSED", true, neptune("TooManyRequestsException")],
  ["GRAPH_REFUSED", true, neptune("QueryLimitExceededException")],
  ["GRAPH_REFUSED", true, neptune("MemoryLimitExceededException")],
  ["GRAPH_REFUSED", true, neptune("CancelledByUserException")],
  ["GRAPH_REFUSED", true, neptune("InternalFailureException")],
  ["GRAPH_REFUSED", false, neptune("AccessDeniedException")],
  ["GRAPH_REFUSED", false, neptune("MalformedQueryException")],
  ["GRAPH_REFUSED", false, neptune("UnsupportedOperationException")],
  ["GRAPH_REFUSED", false, neptune("QueryLimitException")],
  ["GRAPH_REFUSED", false, neptune("QueryTooLargeException")],
  ["GRAPH_REFUSED", false, neptune("BadRequestException")],
])("classifyError returns %s (transient: %s) for %s", (code, isTransient, message) => {
  const cause = new GraphResponseError(500, message);
  expect(classifyError(cause)).toMatchObject({ code, isTransient, cause });
});
