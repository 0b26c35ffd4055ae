import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { parseArn } from "./arn.ts";
import type { LambdaFunction } from "./lambda-function.ts";

const DAY_SECONDS = 24 * 60 * 60;

/**
 * The visibility timeout as a multiple of the function timeout, as AWS recommends, so that no batch in
 * progress is redelivered:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const TIMEOUTS_PER_VISIBILITY = 6;

/**
 * The SQS maximum. The Pulumi provider defaults to 256 KiB, which is too small for 128 KiB of data with JSON
 * escapes (`\u00e9`):
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
 */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** Receives before a message moves to the dead-letter queue. AWS recommends at least 5. */
const MAX_RECEIVE_COUNT = 5;

export interface NotificationQueuesArgs {
  /** The timeout of the function that consumes the queues. */
  readonly consumerTimeoutSeconds: number;
}

/** The identifiers of a queue. */
export interface QueueAddress {
  /** `https://sqs.{region}.amazonaws.com/{account}/{name}`. An identifier only: the host has no IPv6. */
  readonly url: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  readonly deadLetterQueueName: pulumi.Output<string>;
}

/**
 * Queues of messages for browsers, each with a dead-letter queue: notifications from other systems in the
 * account, which need their own permission to send, and pages of recipients from `publish`.
 * {@link NotificationDelivery} consumes them.
 */
export class NotificationQueues extends pulumi.ComponentResource {
  /** `{"connectionId","data"}`: sends `data` to one connection. */
  readonly connection: QueueAddress;
  /** `{"userId","data"}`: sends `data` to every connection of a user. */
  readonly user: QueueAddress;
  /** A page of recipients of one publish. */
  readonly page: QueueAddress;
  /** The dual-stack SQS endpoint, `https://sqs.{region}.api.aws`: the Lambdas have IPv6 egress only. */
  readonly endpoint: pulumi.Output<string>;

  constructor(name: string, args: NotificationQueuesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ticker-watch:infra:NotificationQueues", name, {}, opts);
    const visibilityTimeoutSeconds = TIMEOUTS_PER_VISIBILITY * args.consumerTimeoutSeconds;
    const create = (kind: string) =>
      createQueue(`${name}-${kind}`, visibilityTimeoutSeconds, { parent: this });

    this.connection = create("connection");
    this.user = create("user");
    this.page = create("page");
    this.endpoint = this.page.arn.apply((arn) => `https://sqs.${parseArn(arn).region}.api.aws`);
    this.registerOutputs({
      connectionUrl: this.connection.url,
      userUrl: this.user.url,
      pageUrl: this.page.url,
      endpoint: this.endpoint,
    });
  }

  /** An IAM statement that allows sending to the page queue only. */
  allowSend(): aws.iam.PolicyStatement {
    return { Effect: "Allow", Action: "sqs:SendMessage", Resource: this.page.arn };
  }

  /** An IAM statement with the permissions that an event source mapping needs, on all queues. */
  allowReceive(): aws.iam.PolicyStatement {
    return {
      Effect: "Allow",
      Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
      Resource: [this.connection.arn, this.user.arn, this.page.arn],
    };
  }
}

/** A queue and its dead-letter queue. Names are generated: SQS blocks a deleted name for 60 seconds. */
function createQueue(
  name: string,
  visibilityTimeoutSeconds: number,
  opts: pulumi.CustomResourceOptions,
): QueueAddress {
  const deadLetters = new aws.sqs.Queue(
    `${name}-dead-letters`,
    {
      // The maximum. Retention counts from the enqueue time in the source queue:
      // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
      messageRetentionSeconds: 14 * DAY_SECONDS,
      maxMessageSize: MAX_MESSAGE_BYTES,
      sqsManagedSseEnabled: true,
    },
    opts,
  );
  const queue = new aws.sqs.Queue(
    name,
    {
      visibilityTimeoutSeconds,
      messageRetentionSeconds: 4 * DAY_SECONDS,
      maxMessageSize: MAX_MESSAGE_BYTES,
      sqsManagedSseEnabled: true,
      redrivePolicy: pulumi.jsonStringify({
        deadLetterTargetArn: deadLetters.arn,
        maxReceiveCount: MAX_RECEIVE_COUNT,
      }),
    },
    opts,
  );
  new aws.sqs.RedriveAllowPolicy(
    name,
    {
      queueUrl: deadLetters.url,
      redriveAllowPolicy: pulumi.jsonStringify({
        redrivePermission: "byQueue",
        sourceQueueArns: [queue.arn],
      }),
    },
    opts,
  );
  return { url: queue.url, arn: queue.arn, name: queue.name, deadLetterQueueName: deadLetters.name };
}

export interface NotificationDeliveryArgs {
  readonly queues: NotificationQueues;
  /** Must have the permissions of {@link NotificationQueues.allowReceive}. */
  readonly handler: LambdaFunction;
  /** Maximum concurrent invocations per queue, 2 to 1,000. */
  readonly concurrency: { readonly connection: number; readonly user: number; readonly page: number };
}

/** Event source mappings from the queues to a function that reports failed messages per batch. */
export class NotificationDelivery extends pulumi.ComponentResource {
  constructor(
    name: string,
    { queues, handler, concurrency }: NotificationDeliveryArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("ticker-watch:infra:NotificationDelivery", name, {}, opts);

    const consume = (kind: "connection" | "user" | "page", batchSize: number) => {
      new aws.lambda.EventSourceMapping(
        `${name}-${kind}`,
        {
          eventSourceArn: queues[kind].arn,
          functionName: handler.aliasArn,
          batchSize,
          scalingConfig: { maximumConcurrency: concurrency[kind] },
          functionResponseTypes: ["ReportBatchItemFailures"],
        },
        // On creation, Lambda verifies that the function's role may receive from the queue.
        { parent: this, dependsOn: [handler] },
      );
    };
    consume("connection", 10);
    consume("user", 10);
    // One page of recipients fills an invocation.
    consume("page", 1);
    this.registerOutputs({});
  }
}
