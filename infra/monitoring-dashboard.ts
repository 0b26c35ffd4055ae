import * as pulumi from "@pulumi/pulumi";

/** A CloudWatch metric. */
export type Metric = readonly [
  namespace: string,
  name: string,
  dimensions: Readonly<Record<string, pulumi.Input<string>>>,
];

/** Emits custom metrics (lambdas/publish/record-publish.ts) in a namespace named after the project. */
const PUBLISH = "publish";

export interface DashboardArgs {
  readonly region: pulumi.Input<string>;
  readonly publishApiId: pulumi.Input<string>;
  readonly watchApiId: pulumi.Input<string>;
  readonly functions: readonly pulumi.Input<string>[];
  readonly queues: readonly pulumi.Input<string>[];
  readonly graphCluster: pulumi.Input<string>;
}

/** Graphs in two columns: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
export function dashboardBody(args: DashboardArgs): pulumi.Output<string> {
  const publishApi = { ApiId: args.publishApiId };
  const watchApi = { ApiId: args.watchApiId };
  const cluster = { DBClusterIdentifier: args.graphCluster };
  const publishMetric = (name: string): Metric => [pulumi.getProject(), name, { service: PUBLISH }];
  const durations = ["GraphWrite", "GraphRead", "Posts"].map(publishMetric);
  const functionMetrics = (name: string) =>
    args.functions.map((FunctionName): Metric => ["AWS/Lambda", name, { FunctionName }]);

  const graphs = [
    graphOf("Publish requests", "Sum", [
      ["AWS/ApiGateway", "Count", publishApi],
      ["AWS/ApiGateway", "4xx", publishApi],
      ["AWS/ApiGateway", "5xx", publishApi],
    ]),
    graphOf(
      "Deliveries",
      "Sum",
      ["Watchers", "Delivered", "Gone", "Closed", "Failed", "Queued"].map(publishMetric),
    ),
    graphOf("Publish latency, p50 (ms)", "p50", [["AWS/ApiGateway", "Latency", publishApi], ...durations]),
    graphOf("Publish latency, p99 (ms)", "p99", [["AWS/ApiGateway", "Latency", publishApi], ...durations]),
    graphOf("WebSocket API", "Sum", [
      ["AWS/ApiGateway", "ConnectCount", watchApi],
      ["AWS/ApiGateway", "MessageCount", watchApi],
      ["AWS/ApiGateway", "ClientError", watchApi],
      ["AWS/ApiGateway", "IntegrationError", watchApi],
      ["AWS/ApiGateway", "ExecutionError", watchApi],
    ]),
    graphOf("Lambda errors and throttles", "Sum", [
      ...functionMetrics("Errors"),
      ...functionMetrics("Throttles"),
    ]),
    graphOf("Neptune capacity (NCU)", "Maximum", [["AWS/Neptune", "ServerlessDatabaseCapacity", cluster]]),
    graphOf("Neptune utilization (%)", "Maximum", [
      ["AWS/Neptune", "NCUUtilization", cluster],
      ["AWS/Neptune", "CPUUtilization", cluster],
    ]),
    graphOf(
      "Queues: visible messages",
      "Maximum",
      args.queues.map(
        (QueueName): Metric => ["AWS/SQS", "ApproximateNumberOfMessagesVisible", { QueueName }],
      ),
    ),
    graphOf(
      "Queues: age of the oldest message (s)",
      "Maximum",
      args.queues.map((QueueName): Metric => ["AWS/SQS", "ApproximateAgeOfOldestMessage", { QueueName }]),
    ),
  ];
  const widgets = graphs.map((properties, index) => ({
    type: "metric",
    x: index % 2 === 0 ? 0 : WIDTH,
    y: Math.floor(index / 2) * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
    properties: { ...properties, region: args.region },
  }));
  return pulumi.jsonStringify({ widgets });
}

/** Half of the 24 columns of a dashboard. */
const WIDTH = 12;
const HEIGHT = 6;
const PERIOD_SECONDS = 60;

function graphOf(title: string, stat: string, metrics: readonly Metric[]) {
  return {
    title,
    view: "timeSeries",
    stat,
    period: PERIOD_SECONDS,
    metrics: metrics.map(([namespace, name, dimensions]) => [
      namespace,
      name,
      ...Object.entries(dimensions).flat(),
    ]),
  };
}
