import type { DeclaredProgram, DeclaredResource } from "./declared.ts";
import {
  describe,
  nested,
  optional,
  rejectUnsupported,
  resourcesOfType,
  strings,
  text,
  wholeNumber,
} from "./properties.ts";
import { type DeclaredFunction, findCallable } from "./read-functions.ts";
import { type DeclaredQueue, readQueues } from "./read-queues.ts";

/** An event source mapping from an SQS queue to a function. */
export interface DeclaredMapping {
  readonly logicalName: string;
  readonly queueArn: string;
  /** Qualified. */
  readonly functionArn: string;
  readonly batchSize: number;
  /** Batching window; with 0 each receive call is one batch. */
  readonly windowSeconds: number;
  /** `undefined`: unlimited. */
  readonly maximumConcurrency: number | undefined;
  /** Whether the function returns the failed messages of a batch (`ReportBatchItemFailures`). */
  readonly reportsFailures: boolean;
}

const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";
const REPORT_FAILURES = "ReportBatchItemFailures";

const INPUTS = [
  "eventSourceArn",
  "functionName",
  "batchSize",
  "maximumBatchingWindowInSeconds",
  "scalingConfig",
  "functionResponseTypes",
];

/** Default of SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const DEFAULT_VISIBILITY_SECONDS = 30;

/**
 * The event source mappings of the program.
 * @throws {Error} for a mapping that Lambda would reject, or that is not served here.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
 */
export function readMappings(
  program: DeclaredProgram,
  functions: readonly DeclaredFunction[],
): readonly DeclaredMapping[] {
  const queues = readQueues(program);
  return resourcesOfType(program, MAPPING).map((mapping) => {
    rejectUnsupported(mapping, INPUTS, "emulator/program/read-mappings.ts");
    const queueArn = text(mapping, "eventSourceArn");
    const functionArn = text(mapping, "functionName");
    checkReferences(mapping, queues, functions);
    const batchSize = wholeNumber(mapping, "batchSize", { least: 1, most: 10_000, defaultValue: 10 });
    const window = { least: 0, most: 300, defaultValue: 0 };
    const windowSeconds = wholeNumber(mapping, "maximumBatchingWindowInSeconds", window);
    if (batchSize > 10 && windowSeconds === 0) {
      throw new Error(
        `Expected maximumBatchingWindowInSeconds of ${describe(mapping)} to be at least 1, because its ` +
          "batchSize is above 10, got 0.",
      );
    }
    return {
      logicalName: mapping.name,
      queueArn,
      functionArn,
      batchSize,
      windowSeconds,
      maximumConcurrency: readConcurrency(mapping),
      reportsFailures: readReportsFailures(mapping),
    };
  });
}

function checkReferences(
  mapping: DeclaredResource,
  queues: readonly DeclaredQueue[],
  functions: readonly DeclaredFunction[],
): void {
  const queueArn = text(mapping, "eventSourceArn");
  const queue = queues.find(({ arn }) => arn === queueArn);
  if (!queue) {
    throw new Error(
      `Expected eventSourceArn of ${describe(mapping)} to be the ARN of a queue of this program, got ` +
        `${queueArn}.`,
    );
  }
  const functionArn = text(mapping, "functionName");
  const fn = findCallable(functions, functionArn);
  if (!fn) {
    throw new Error(
      `Expected functionName of ${describe(mapping)} to be the ARN of a function of this program or of ` +
        `its alias, got ${functionArn}.`,
    );
  }
  // Otherwise SQS redelivers a message during its invocation. Lambda rejects this too:
  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  const visibilitySeconds = Number(queue.attributes["VisibilityTimeout"] ?? DEFAULT_VISIBILITY_SECONDS);
  if (visibilitySeconds < fn.timeoutSeconds) {
    throw new Error(
      `Expected the visibility timeout of ${queue.name} to be at least the timeout of ${fn.logicalName}, ` +
        `${fn.timeoutSeconds} s, got ${visibilitySeconds} s.`,
    );
  }
}

function readConcurrency(mapping: DeclaredResource): number | undefined {
  const scaling = nested(mapping, "scalingConfig");
  if (!scaling || optional(scaling, "maximumConcurrency") === undefined) return undefined;
  return wholeNumber(scaling, "maximumConcurrency", { least: 2, most: 1_000, defaultValue: 0 });
}

function readReportsFailures(mapping: DeclaredResource): boolean {
  const types = strings(mapping, "functionResponseTypes");
  if (types.every((type) => type === REPORT_FAILURES)) return types.length > 0;
  throw new Error(
    `Expected functionResponseTypes of ${describe(mapping)} to be ${REPORT_FAILURES}, got ` +
      `${types.join(", ")}.`,
  );
}
