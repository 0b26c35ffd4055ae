/**
 * The alarms and the dashboard of the whole stack. Does not prove that AWS emits these metrics or that
 * e-mails arrive; test/lambdas covers the custom metrics of `publish`.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { declareStack, type Inputs, type Program } from "./declare.ts";

const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
const TOPIC = "aws:sns/topic:Topic";
const SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";

let program: Program;
beforeAll(async () => {
  program = await declareStack();
}, 30_000);

/** An alarm for one or more in five minutes. */
const alarm = (namespace: string, metricName: string, dimensions: Inputs, alarmDescription: string) => ({
  alarmDescription,
  namespace,
  metricName,
  dimensions,
  statistic: "Sum",
  period: 300,
  evaluationPeriods: 1,
  comparisonOperator: "GreaterThanThreshold",
  threshold: 0,
  treatMissingData: "notBreaching",
});

describe("alarms", () => {
  test("a message in a dead-letter queue raises an alarm, and missing metrics do not clear it", () => {
    for (const kind of ["connection", "user", "page"]) {
      expect(program.inputs(ALARM, `monitoring-dead-letters-${kind}`)).toEqual({
        ...alarm(
          "AWS/SQS",
          "ApproximateNumberOfMessagesVisible",
          { QueueName: `queue-notify-${kind}-dead-letters` },
          `The dead-letter queue of ${kind} has messages. See the log of notify.`,
        ),
        statistic: "Maximum",
        treatMissingData: "ignore",
      });
    }
  });

  test("errors and throttles raise an alarm for every function except authorize, which throws to return 401", () => {
    const functions = program
      .all("aws:lambda/function:Function")
      .map(({ name }) => name)
      .filter((name) => name !== "authorize");
    expect(functions).toHaveLength(5);
    expect(program.all(ALARM).filter(({ name }) => name.includes("authorize"))).toEqual([]);
    for (const name of functions) {
      const dimensions = { FunctionName: `function-${name}` };
      expect(program.inputs(ALARM, `monitoring-errors-${name}`)).toEqual(
        alarm("AWS/Lambda", "Errors", dimensions, `The function ${name} failed. See its log.`),
      );
      expect(program.inputs(ALARM, `monitoring-throttles-${name}`)).toEqual(
        alarm(
          "AWS/Lambda",
          "Throttles",
          dimensions,
          `The function ${name} was throttled (concurrency limit).`,
        ),
      );
    }
  });

  test("5xx of the HTTP API and failed invocations of the WebSocket API raise an alarm", () => {
    expect(program.inputs(ALARM, "monitoring-publish-api")).toEqual(
      alarm(
        "AWS/ApiGateway",
        "5xx",
        { ApiId: "api-stock-publish" },
        "The HTTP API returned 5xx. Publishers must retry.",
      ),
    );
    expect(program.inputs(ALARM, "monitoring-watch-api")).toEqual(
      alarm(
        "AWS/ApiGateway",
        "ExecutionError",
        { ApiId: "api-stock-watch" },
        "The WebSocket API could not invoke its Lambda.",
      ),
    );
  });

  test("the stack declares 15 alarms", () => {
    expect(program.all(ALARM)).toHaveLength(15);
  });

  test("alarms send e-mail only if alarmEmail is configured", async () => {
    expect([...program.all(TOPIC), ...program.all(SUBSCRIPTION)]).toEqual([]);
    const named = await declareStack({ config: { alarmEmail: "on-call@example.com" } });
    const arn = "arn:aws:sns:eu-west-1:111122223333:topic-monitoring";
    expect(named.inputs(SUBSCRIPTION, "monitoring")).toEqual({
      topic: arn,
      protocol: "email",
      endpoint: "on-call@example.com",
    });
    expect(named.all(ALARM).map(({ inputs }) => inputs["alarmActions"])).toEqual(
      Array.from({ length: 15 }, () => [arn]),
    );
  }, 30_000);
});

describe("dashboard", () => {
  interface Widget {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly properties: { readonly title: string; readonly region: string; readonly metrics: string[][] };
  }
  let widgets: readonly Widget[];
  beforeAll(() => {
    const { dashboardName, dashboardBody } = program.inputs(
      "aws:cloudwatch/dashboard:Dashboard",
      "monitoring",
    );
    expect(dashboardName).toBe("ticker-watch-test");
    widgets = (JSON.parse(String(dashboardBody)) as { widgets: Widget[] }).widgets;
  });
  const metricsOf = (title: string) =>
    widgets.find(({ properties }) => properties.title === title)?.properties.metrics;

  test("the dashboard has publish requests, deliveries and latencies from the custom metrics of publish", () => {
    const api = ["ApiId", "api-stock-publish"];
    const publishMetric = (name: string) => ["ticker-watch", name, "service", "publish"];
    expect(metricsOf("Publish requests")).toEqual(
      ["Count", "4xx", "5xx"].map((name) => ["AWS/ApiGateway", name, ...api]),
    );
    expect(metricsOf("Deliveries")).toEqual(
      ["Watchers", "Delivered", "Gone", "Closed", "Failed", "Queued"].map(publishMetric),
    );
    const durations = [
      ["AWS/ApiGateway", "Latency", ...api],
      ...["GraphWrite", "GraphRead", "Posts"].map(publishMetric),
    ];
    expect(metricsOf("Publish latency, p50 (ms)")).toEqual(durations);
    expect(metricsOf("Publish latency, p99 (ms)")).toEqual(durations);
  });

  test("the dashboard has the Neptune capacity and every queue", () => {
    expect(metricsOf("Neptune capacity (NCU)")).toEqual([
      ["AWS/Neptune", "ServerlessDatabaseCapacity", "DBClusterIdentifier", "cluster-graph"],
    ]);
    expect(metricsOf("Queues: visible messages")?.map(([, , , queue]) => queue)).toEqual(
      ["connection", "user", "page"].flatMap((kind) => [
        `queue-notify-${kind}`,
        `queue-notify-${kind}-dead-letters`,
      ]),
    );
  });

  test("the dashboard has its graphs in two columns, with metrics from the region of the stack", () => {
    expect(widgets.map(({ x, y, width, height }) => [x, y, width, height])).toEqual(
      Array.from({ length: 10 }, (_, n) => [(n % 2) * 12, Math.floor(n / 2) * 6, 12, 6]),
    );
    expect(new Set(widgets.map(({ properties }) => properties.region))).toEqual(new Set(["eu-west-1"]));
  });
});
