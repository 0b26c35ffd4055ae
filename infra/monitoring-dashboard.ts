import * as pulumi from "@pulumi/pulumi";

/** A metric of CloudWatch: namespace, name and dimensions. */
export type Metric = readonly [
  namespace: string,
  name: string,
  dimensions: Readonly<Record<string, pulumi.Input<string>>>,
];

/** The name of the function that writes metrics of its own (lambdas/publish/record-publish.ts), in the namespace of the project. */
const PUBLISH = "publish";

export interface DashboardArgs {
  readonly region: pulumi.Input<string>;
  readonly publishApiId: pulumi.Input<string>;
  readonly watchApiId: pulumi.Input<string>;
  readonly functions: readonly pulumi.Input<string>[];
  readonly queues: readonly pulumi.Input<string>[];
  readonly graphCluster: pulumi.Input<string>;
}

/** Two columns of graphs: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
export function dashboardBody(args: DashboardArgs): pulumi.Output<string> {
  const publishApi = { ApiId: args.publishApiId };
  const watchApi = { ApiId: args.watchApiId };
  const graph = { DBClusterIdentifier: args.graphCluster };
  const written = (name: string): Metric => [pulumi.getProject(), name, { service: PUBLISH }];
  const times = ["GraphWrite", "GraphRead", "Posts"].map(written);
  const functions = (name: string) =>
    args.functions.map((FunctionName): Metric => ["AWS/Lambda", name, { FunctionName }]);

  const graphs = [
    graphOf("Publishes", "Sum", [
      ["AWS/ApiGateway", "Count", publishApi],
      ["AWS/ApiGateway", "4xx", publishApi],
      ["AWS/ApiGateway", "5xx", publishApi],
    ]),
    graphOf(
      "Deliveries",
      "Sum",
      ["Watchers", "Delivered", "Gone", "Closed", "Failed", "Queued"].map(written),
    ),
    graphOf("Latency of a publish, median, ms", "p50", [["AWS/ApiGateway", "Latency", publishApi], ...times]),
    graphOf("Latency of a publish, 99 of 100, ms", "p99", [
      ["AWS/ApiGateway", "Latency", publishApi],
      ...times,
    ]),
    graphOf("Watching", "Sum", [
      ["AWS/ApiGateway", "ConnectCount", watchApi],
      ["AWS/ApiGateway", "MessageCount", watchApi],
      ["AWS/ApiGateway", "ClientError", watchApi],
      ["AWS/ApiGateway", "IntegrationError", watchApi],
      ["AWS/ApiGateway", "ExecutionError", watchApi],
    ]),
    graphOf("Functions: errors and throttles", "Sum", [...functions("Errors"), ...functions("Throttles")]),
    graphOf("Graph: capacity in use, NCU", "Maximum", [["AWS/Neptune", "ServerlessDatabaseCapacity", graph]]),
    graphOf("Graph: % of its capacity, and of its CPU", "Maximum", [
      ["AWS/Neptune", "NCUUtilization", graph],
      ["AWS/Neptune", "CPUUtilization", graph],
    ]),
    graphOf(
      "Queues: messages that wait",
      "Maximum",
      args.queues.map(
        (QueueName): Metric => ["AWS/SQS", "ApproximateNumberOfMessagesVisible", { QueueName }],
      ),
    ),
    graphOf(
      "Queues: the oldest message, s",
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

/** Of the 24 columns that a dashboard has. */
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
