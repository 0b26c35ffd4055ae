import type { DeclaredProgram, DeclaredResource } from "./declared.ts";
import { describe, optional, rejectUnsupported, resourcesOfType, text } from "./properties.ts";

/** An SQS queue of the program. */
export interface DeclaredQueue {
  readonly name: string;
  readonly arn: string;
  /** By the attribute names of CreateQueue. */
  readonly attributes: Readonly<Record<string, string>>;
}

const QUEUE = "aws:sqs/queue:Queue";
const REDRIVE_ALLOW_POLICY = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy";

/** Attribute names by input. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  visibilityTimeoutSeconds: "VisibilityTimeout",
  receiveWaitTimeSeconds: "ReceiveMessageWaitTimeSeconds",
  delaySeconds: "DelaySeconds",
  redrivePolicy: "RedrivePolicy",
};

/**
 * Accepted inputs without an effect, and synthesized outputs. ElasticMQ keeps messages in memory, so encryption at rest and
 * retention do not apply.
 */
const INERT = ["name", "arn", "url", "sqsManagedSseEnabled", "messageRetentionSeconds", "tags"];

/** The limit in emulator/sqs/elasticmq.ts. ElasticMQ does not enforce MaximumMessageSize. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * The queues of the program, dead-letter queues first.
 * @throws {Error} for a property that is not served here, and for a dead-letter queue that does not allow its source queue.
 */
export function readQueues(program: DeclaredProgram): readonly DeclaredQueue[] {
  const queues = resourcesOfType(program, QUEUE).map((queue) => {
    rejectUnsupported(
      queue,
      [...Object.keys(ATTRIBUTES), "maxMessageSize", ...INERT],
      "emulator/program/read-queues.ts",
    );
    const maxMessageBytes = optional(queue, "maxMessageSize") ?? MAX_MESSAGE_BYTES;
    if (maxMessageBytes !== MAX_MESSAGE_BYTES) {
      throw new Error(
        `Expected maxMessageSize of ${describe(queue)} to be ${MAX_MESSAGE_BYTES}, got ` +
          `${maxMessageBytes}. The local stack serves no other value.`,
      );
    }
    const entries = Object.entries(ATTRIBUTES).flatMap(([property, attribute]) => {
      const value = optional(queue, property);
      return value === undefined ? [] : [[attribute, String(value)] as const];
    });
    return { name: text(queue, "name"), arn: text(queue, "arn"), attributes: Object.fromEntries(entries) };
  });
  for (const queue of resourcesOfType(program, QUEUE)) checkRedrive(program, queue);
  const isSource = ({ attributes }: DeclaredQueue) => "RedrivePolicy" in attributes;
  return [...queues.filter((queue) => !isSource(queue)), ...queues.filter(isSource)];
}

/** The checks of SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html */
function checkRedrive(program: DeclaredProgram, queue: DeclaredResource): void {
  if (optional(queue, "redrivePolicy") === undefined) return;
  const { deadLetterTargetArn } = parseJson(queue, "redrivePolicy");
  const target = resourcesOfType(program, QUEUE).find((other) => text(other, "arn") === deadLetterTargetArn);
  if (!target) {
    throw new Error(
      `Expected deadLetterTargetArn of ${describe(queue)} to be the ARN of a queue of this program, got ` +
        `${deadLetterTargetArn}.`,
    );
  }
  const isAllowed = resourcesOfType(program, REDRIVE_ALLOW_POLICY)
    .filter((policy) => text(policy, "queueUrl") === text(target, "url"))
    .map((policy) => parseJson(policy, "redriveAllowPolicy"))
    .every(
      ({ redrivePermission, sourceQueueArns }) =>
        redrivePermission === "allowAll" ||
        (redrivePermission === "byQueue" &&
          Array.isArray(sourceQueueArns) &&
          sourceQueueArns.includes(text(queue, "arn"))),
    );
  if (!isAllowed) {
    throw new Error(
      `Expected redriveAllowPolicy of ${describe(target)} to allow the source queue ${describe(queue)}.`,
    );
  }
}

function parseJson(resource: DeclaredResource, property: string): Record<string, unknown> {
  const value = text(resource, property);
  try {
    return JSON.parse(value) as Record<string, unknown>;
  } catch {
    throw new Error(`Expected ${property} of ${describe(resource)} to be JSON, got ${value}.`);
  }
}
