import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { parseArn } from "./arn.ts";
import type { LambdaFunction } from "./lambda-function.ts";

const DAY_SECONDS = 24 * 60 * 60;

/**
 * AWS's advice, so that a batch that the consumer has not finished is not handed out again meanwhile:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const TIMEOUTS_PER_VISIBILITY = 6;

/**
 * SQS's largest, 1 MiB. The provider asks for 256 KiB when it is left out, and 128 KiB of data can be more than that in a message,
 * where JSON may write one character as `\u00e9`:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
 */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** As often a message is tried before it is put aside. AWS's advice is 5 at least, see above. */
const MAX_RECEIVE_COUNT = 5;

export interface NotificationQueuesArgs {
  /** Of the function that reads the queues. */
  readonly consumerTimeoutSeconds: number;
}

/** Where a queue is, and what it is called. */
export interface QueueAddress {
  /** `https://sqs.{region}.amazonaws.com/{account}/{name}`: how messages name it, though its host has no IPv6. */
  readonly url: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  /** Of the queue that keeps what this one could not deliver. */
  readonly deadLettersName: pulumi.Output<string>;
}

/**
 * What is to be sent to browsers: JSON of other systems of the account, whose own permissions let them send, and the pages of
 * watchers of a publish. Each queue has a dead-letter queue for what cannot be delivered. {@link NotificationDelivery}
 * reads them.
 */
export class NotificationQueues extends pulumi.ComponentResource {
  /** `{"connectionId","data"}`: `data` to that connection. */
  readonly connection: QueueAddress;
  /** `{"userId","data"}`: `data` to every connection of that user. */
  readonly user: QueueAddress;
  /** A page of the watchers that a publish is to reach. */
  readonly page: QueueAddress;
  /** Where SQS answers over IPv6, the only way out that the Lambdas have: `https://sqs.{region}.api.aws`. */
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

  /** Allows sending pages of watchers, and nothing to the other queues. */
  allowSend(): aws.iam.PolicyStatement {
    return { Effect: "Allow", Action: "sqs:SendMessage", Resource: this.page.arn };
  }

  /** Allows what Lambda does with each queue in the name of the function that reads it. */
  allowReceive(): aws.iam.PolicyStatement {
    return {
      Effect: "Allow",
      Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
      Resource: [this.connection.arn, this.user.arn, this.page.arn],
    };
  }
}

/** A queue beside one that keeps what could not be delivered. Pulumi names them: SQS refuses a deleted name for a minute. */
function createQueue(
  name: string,
  visibilityTimeoutSeconds: number,
  opts: pulumi.CustomResourceOptions,
): QueueAddress {
  const deadLetters = new aws.sqs.Queue(
    `${name}-dead-letters`,
    {
      // The longest. A message keeps its first queue's time stamp, so the days that it was there count:
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
  return { url: queue.url, arn: queue.arn, name: queue.name, deadLettersName: deadLetters.name };
}

export interface NotificationDeliveryArgs {
  readonly queues: NotificationQueues;
  /** Reads every queue, and may: {@link NotificationQueues.allowReceive}. */
  readonly handler: LambdaFunction;
  /** The most of its Lambdas at once for each queue, 2 to 1,000. */
  readonly concurrency: { readonly connection: number; readonly user: number; readonly page: number };
}

/** Hands the messages of the queues to their function, which tells of each batch what is to be tried again. */
export class NotificationDelivery extends pulumi.ComponentResource {
  constructor(
    name: string,
    { queues, handler, concurrency }: NotificationDeliveryArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("ticker-watch:infra:NotificationDelivery", name, {}, opts);

    const deliver = (kind: "connection" | "user" | "page", batchSize: number) => {
      new aws.lambda.EventSourceMapping(
        `${name}-${kind}`,
        {
          eventSourceArn: queues[kind].arn,
          functionName: handler.aliasArn,
          batchSize,
          scalingConfig: { maximumConcurrency: concurrency[kind] },
          functionResponseTypes: ["ReportBatchItemFailures"],
        },
        // Lambda checks, when it makes the mapping, that the function's role may read the queue.
        { parent: this, dependsOn: [handler] },
      );
    };
    deliver("connection", 10);
    deliver("user", 10);
    // A page has work enough for one call.
    deliver("page", 1);
    this.registerOutputs({});
  }
}
