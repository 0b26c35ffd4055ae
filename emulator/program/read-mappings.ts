import type { DeclaredProgram, DeclaredResource } from "./declared.ts";
import { describe, nested, ofType, optional, refuseOthers, text, texts, wholeNumber } from "./properties.ts";
import { type DeclaredFunction, findCallable } from "./read-functions.ts";
import { type DeclaredQueue, readQueues } from "./read-queues.ts";

/** That Lambda polls a queue for a function. */
export interface DeclaredMapping {
  readonly logicalName: string;
  readonly queueArn: string;
  /** With the qualifier. */
  readonly functionArn: string;
  readonly batchSize: number;
  /** How long messages are gathered for a batch; 0: those of one call are one. */
  readonly windowSeconds: number;
  /** `undefined`: no limit of its own. */
  readonly maximumConcurrency: number | undefined;
  /** Whether the function tells which messages of a batch failed. */
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

/** SQS's own: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const DEFAULT_VISIBILITY_SECONDS = 30;

/**
 * The event source mappings of the program.
 * @throws {Error} for one that Lambda would refuse, or that is not served here.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
 */
export function readMappings(
  program: DeclaredProgram,
  functions: readonly DeclaredFunction[],
): readonly DeclaredMapping[] {
  const queues = readQueues(program);
  return ofType(program, MAPPING).map((mapping) => {
    refuseOthers(mapping, INPUTS, "emulator/program/read-mappings.ts");
    const queueArn = text(mapping, "eventSourceArn");
    const functionArn = text(mapping, "functionName");
    checkEnds(mapping, queues, functions);
    const batchSize = wholeNumber(mapping, "batchSize", { least: 1, most: 10_000, byDefault: 10 });
    const window = { least: 0, most: 300, byDefault: 0 };
    const windowSeconds = wholeNumber(mapping, "maximumBatchingWindowInSeconds", window);
    if (batchSize > 10 && windowSeconds === 0) {
      throw new Error(
        `Expected ${describe(mapping)} to have maximumBatchingWindowInSeconds of at least 1, because its batchSize is over 10, got 0.`,
      );
    }
    return {
      logicalName: mapping.name,
      queueArn,
      functionArn,
      batchSize,
      windowSeconds,
      maximumConcurrency: readConcurrency(mapping),
      reportsFailures: readsFailures(mapping),
    };
  });
}

function checkEnds(
  mapping: DeclaredResource,
  queues: readonly DeclaredQueue[],
  functions: readonly DeclaredFunction[],
): void {
  const queueArn = text(mapping, "eventSourceArn");
  const queue = queues.find(({ arn }) => arn === queueArn);
  if (!queue) {
    throw new Error(
      `Expected eventSourceArn of ${describe(mapping)} to be the ARN of a queue of this program, got ${queueArn}.`,
    );
  }
  const functionArn = text(mapping, "functionName");
  const fn = findCallable(functions, functionArn);
  if (!fn) {
    throw new Error(
      `Expected functionName of ${describe(mapping)} to be the ARN of a function of this program or of its alias, got ${functionArn}.`,
    );
  }
  // Else a message would be handed out again while the function still has it; Lambda refuses this too:
  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  const visibilitySeconds = Number(queue.attributes["VisibilityTimeout"] ?? DEFAULT_VISIBILITY_SECONDS);
  if (visibilitySeconds < fn.timeoutSeconds) {
    throw new Error(
      `Expected the visibility timeout of ${queue.name} to be at least the timeout of ${fn.logicalName}, ${fn.timeoutSeconds} s, got ${visibilitySeconds} s.`,
    );
  }
}

function readConcurrency(mapping: DeclaredResource): number | undefined {
  const scaling = nested(mapping, "scalingConfig");
  if (!scaling || optional(scaling, "maximumConcurrency") === undefined) return undefined;
  return wholeNumber(scaling, "maximumConcurrency", { least: 2, most: 1_000, byDefault: 0 });
}

function readsFailures(mapping: DeclaredResource): boolean {
  const types = texts(mapping, "functionResponseTypes");
  if (types.every((type) => type === REPORT_FAILURES)) return types.length > 0;
  throw new Error(
    `Expected functionResponseTypes of ${describe(mapping)} to be ${REPORT_FAILURES}, got ${types.join(", ")}.`,
  );
}
