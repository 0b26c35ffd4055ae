import type { DeclaredProgram, DeclaredResource } from "./declared.ts";
import { describe, ofType, optional, refuseOthers, text } from "./properties.ts";

/** An SQS queue as the program declares it. */
export interface DeclaredQueue {
  readonly name: string;
  readonly arn: string;
  /** By the names that SQS's CreateQueue has for them. */
  readonly attributes: Readonly<Record<string, string>>;
}

const QUEUE = "aws:sqs/queue:Queue";
const REDRIVE_ALLOW_POLICY = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy";

/** Inputs of a queue that this machine heeds, by the attributes that they become. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  visibilityTimeoutSeconds: "VisibilityTimeout",
  receiveWaitTimeSeconds: "ReceiveMessageWaitTimeSeconds",
  delaySeconds: "DelaySeconds",
  redrivePolicy: "RedrivePolicy",
};

/**
 * What may be declared besides: names, what is invented, encryption at rest, where nothing rests, and how long messages are
 * kept, which is as long as ElasticMQ runs.
 */
const OTHERS = ["name", "arn", "url", "sqsManagedSseEnabled", "messageRetentionSeconds", "tags"];

/** What ElasticMQ takes (emulator/sqs/elasticmq.ts). It knows no MaximumMessageSize: another size would not be kept to. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * The queues of the program, those first that others name as their dead-letter queue.
 * @throws {Error} for what is not served here, and for a queue that hands its dead letters to one that does not take them.
 */
export function readQueues(program: DeclaredProgram): readonly DeclaredQueue[] {
  const queues = ofType(program, QUEUE).map((queue) => {
    refuseOthers(
      queue,
      [...Object.keys(ATTRIBUTES), "maxMessageSize", ...OTHERS],
      "emulator/program/read-queues.ts",
    );
    const maxMessageBytes = optional(queue, "maxMessageSize") ?? MAX_MESSAGE_BYTES;
    if (maxMessageBytes !== MAX_MESSAGE_BYTES) {
      throw new Error(
        `Expected maxMessageSize of ${describe(queue)} to be ${MAX_MESSAGE_BYTES}, the one size that is served here, got ${maxMessageBytes}.`,
      );
    }
    const entries = Object.entries(ATTRIBUTES).flatMap(([property, attribute]) => {
      const value = optional(queue, property);
      return value === undefined ? [] : [[attribute, String(value)] as const];
    });
    return { name: text(queue, "name"), arn: text(queue, "arn"), attributes: Object.fromEntries(entries) };
  });
  for (const queue of ofType(program, QUEUE)) checkRedrive(program, queue);
  const isSource = ({ attributes }: DeclaredQueue) => "RedrivePolicy" in attributes;
  return [...queues.filter((queue) => !isSource(queue)), ...queues.filter(isSource)];
}

/** As SQS does: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html */
function checkRedrive(program: DeclaredProgram, queue: DeclaredResource): void {
  if (optional(queue, "redrivePolicy") === undefined) return;
  const { deadLetterTargetArn } = json(queue, "redrivePolicy");
  const target = ofType(program, QUEUE).find((other) => text(other, "arn") === deadLetterTargetArn);
  if (!target) {
    throw new Error(
      `Expected redrivePolicy of ${describe(queue)} to name a queue of this program as deadLetterTargetArn, got ${deadLetterTargetArn}.`,
    );
  }
  const isAllowed = ofType(program, REDRIVE_ALLOW_POLICY)
    .filter((policy) => text(policy, "queueUrl") === text(target, "url"))
    .map((policy) => json(policy, "redriveAllowPolicy"))
    .every(
      ({ redrivePermission, sourceQueueArns }) =>
        redrivePermission === "allowAll" ||
        (redrivePermission === "byQueue" &&
          Array.isArray(sourceQueueArns) &&
          sourceQueueArns.includes(text(queue, "arn"))),
    );
  if (!isAllowed) {
    throw new Error(
      `Expected ${describe(target)} to take the dead letters of ${describe(queue)}: its redriveAllowPolicy does not.`,
    );
  }
}

function json(resource: DeclaredResource, property: string): Record<string, unknown> {
  const value = text(resource, property);
  try {
    return JSON.parse(value) as Record<string, unknown>;
  } catch {
    throw new Error(`Expected ${property} of ${describe(resource)} to be JSON, got ${value}.`);
  }
}
