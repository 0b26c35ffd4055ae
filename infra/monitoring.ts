import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { parseArn } from "./arn.ts";
import type { GraphDatabase } from "./graph-database.ts";
import type { LambdaFunction } from "./lambda-function.ts";
import { dashboardBody, type Metric } from "./monitoring-dashboard.ts";
import type { NotificationQueues } from "./notification-queues.ts";
import type { PublishApi } from "./publish-api.ts";
import type { WatchApi } from "./watch-api.ts";

/** The evaluation period of every alarm. */
const PERIOD_SECONDS = 300;

export interface MonitoringArgs {
  /** By logical name. */
  readonly functions: Readonly<Record<string, LambdaFunction>>;
  readonly watchApi: WatchApi;
  readonly publishApi: PublishApi;
  readonly queues: NotificationQueues;
  readonly graph: GraphDatabase;
  /** Receives the alarms after confirming the subscription e-mail from AWS; `undefined` sends no mail. */
  readonly alarmEmail: string | undefined;
}

/**
 * A dashboard, and alarms for messages in dead-letter queues, for errors and throttles of each function, and
 * for requests that an API could not serve.
 *
 * Cost per month (us-east-1, https://aws.amazon.com/cloudwatch/pricing/): $0.10 per alarm after the first 10
 * of the account ($0.50 for 15 alarms), $3 for the dashboard after the first 3. The first 1,000 e-mails and
 * the AWS metrics are free; the custom metrics of `publish` are billed with or without the dashboard.
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

    for (const [kind, { deadLetterQueueName }] of queues) {
      alarm(
        `dead-letters-${kind}`,
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", { QueueName: deadLetterQueueName }],
        `The dead-letter queue of ${kind} has messages. See the log of notify.`,
        // SQS stops sending metrics for an inactive queue, even if it still has messages:
        // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
        { statistic: "Maximum", treatMissingData: "ignore" },
      );
    }
    for (const [kind, { functionName }] of functions) {
      const lambda = { FunctionName: functionName };
      alarm(`errors-${kind}`, ["AWS/Lambda", "Errors", lambda], `The function ${kind} failed. See its log.`);
      alarm(
        `throttles-${kind}`,
        ["AWS/Lambda", "Throttles", lambda],
        `The function ${kind} was throttled (concurrency limit).`,
      );
    }
    alarm(
      "publish-api",
      ["AWS/ApiGateway", "5xx", { ApiId: publishApiId }],
      "The HTTP API returned 5xx. Publishers must retry.",
    );
    // Not IntegrationError: it also counts the 403 responses to foreign origins.
    alarm(
      "watch-api",
      ["AWS/ApiGateway", "ExecutionError", { ApiId: args.watchApi.apiId }],
      "The WebSocket API could not invoke its Lambda.",
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
          queues: queues.flatMap(([, queue]) => [queue.name, queue.deadLetterQueueName]),
          graphCluster: args.graph.url.apply(firstLabel),
        }),
      },
      parent,
    );
    this.registerOutputs({});
  }
}

/** The first label of the hostname: the API id or the cluster identifier. */
function firstLabel(url: string): string {
  return new URL(url).hostname.split(".")[0] ?? "";
}
