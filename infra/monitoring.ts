import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { parseArn } from "./arn.ts";
import type { GraphDatabase } from "./graph-database.ts";
import type { LambdaFunction } from "./lambda-function.ts";
import { dashboardBody, type Metric } from "./monitoring-dashboard.ts";
import type { NotificationQueues } from "./notification-queues.ts";
import type { PublishApi } from "./publish-api.ts";
import type { WatchApi } from "./watch-api.ts";

/** Of an alarm: it is raised once in so long, however much goes wrong in it. */
const PERIOD_SECONDS = 300;

export interface MonitoringArgs {
  /** By the names that the stack has for them. */
  readonly functions: Readonly<Record<string, LambdaFunction>>;
  readonly watchApi: WatchApi;
  readonly publishApi: PublishApi;
  readonly queues: NotificationQueues;
  readonly graph: GraphDatabase;
  /** Who is told of alarms, once they have confirmed it by the link that AWS sends them. Without it nobody is. */
  readonly alarmEmail: string | undefined;
}

/**
 * Alarms for what nobody would see otherwise, and a dashboard. Alarms: messages in a dead-letter queue, errors and throttles of
 * each function, and what an API could not have answered by its function.
 *
 * What it costs in a month (us-east-1, https://aws.amazon.com/cloudwatch/pricing/): $0.10 for each alarm after the account's first
 * 10, which is $0.50 for the 15 of five functions and three queues; $3 for the dashboard, unless it is one of the account's first 3,
 * which are free. Of the mails the first 1,000 are free. The metrics of API Gateway, Lambda, SQS and Neptune are free; those that
 * `publish` writes are there, and billed, without the dashboard too.
 */
export class Monitoring extends pulumi.ComponentResource {
  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ticker-watch:infra:Monitoring", name, {}, opts);
    const parent = { parent: this };
    const functions = Object.entries(args.functions);
    const queues = (["connection", "user", "page"] as const).map(
      (kind) => [kind, args.queues[kind]] as const,
    );
    const publishApiId = args.publishApi.url.apply(firstLabel);

    const topic = args.alarmEmail === undefined ? undefined : new aws.sns.Topic(name, {}, parent);
    if (topic && args.alarmEmail !== undefined) {
      new aws.sns.TopicSubscription(
        name,
        { topic: topic.arn, protocol: "email", endpoint: args.alarmEmail },
        parent,
      );
    }
    const alarm = (
      kind: string,
      [namespace, metricName, dimensions]: Metric,
      description: string,
      { statistic = "Sum", treatMissingData = "notBreaching" } = {},
    ) => {
      new aws.cloudwatch.MetricAlarm(
        `${name}-${kind}`,
        {
          alarmDescription: description,
          namespace,
          metricName,
          dimensions,
          statistic,
          period: PERIOD_SECONDS,
          evaluationPeriods: 1,
          comparisonOperator: "GreaterThanThreshold",
          threshold: 0,
          treatMissingData,
          ...(topic && { alarmActions: [topic.arn] }),
        },
        parent,
      );
    };

    for (const [kind, { deadLettersName }] of queues) {
      alarm(
        `dead-letters-${kind}`,
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", { QueueName: deadLettersName }],
        `Messages of the queue ${kind} could not be delivered: the log of notify says why.`,
        // A queue that nobody has asked for hours sends no metrics, and the messages are still there:
        // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
        { statistic: "Maximum", treatMissingData: "ignore" },
      );
    }
    for (const [kind, { functionName }] of functions) {
      const of = { FunctionName: functionName };
      alarm(`errors-${kind}`, ["AWS/Lambda", "Errors", of], `The function ${kind} failed: see its log.`);
      alarm(
        `throttles-${kind}`,
        ["AWS/Lambda", "Throttles", of],
        `The function ${kind} was called more often at once than it may run.`,
      );
    }
    alarm(
      "publish-api",
      ["AWS/ApiGateway", "5xx", { ApiId: publishApiId }],
      "A publish was answered with 5xx, and is to be repeated by its publisher.",
    );
    // Not IntegrationError, which counts a 403 to a foreign origin too.
    alarm(
      "watch-api",
      ["AWS/ApiGateway", "ExecutionError", { ApiId: args.watchApi.apiId }],
      "The WebSocket API could not call its function.",
    );

    new aws.cloudwatch.Dashboard(
      name,
      {
        dashboardName: `${pulumi.getProject()}-${pulumi.getStack()}`,
        dashboardBody: dashboardBody({
          region: args.queues.page.arn.apply((arn) => parseArn(arn).region),
          publishApiId,
          watchApiId: args.watchApi.apiId,
          functions: functions.map(([, { functionName }]) => functionName),
          queues: queues.flatMap(([, queue]) => [queue.name, queue.deadLettersName]),
          graphCluster: args.graph.url.apply(firstLabel),
        }),
      },
      parent,
    );
    this.registerOutputs({});
  }
}

/** The id of an API, or of a cluster: the first part of the host that AWS gives it. */
function firstLabel(url: string): string {
  return new URL(url).hostname.split(".")[0] ?? "";
}
