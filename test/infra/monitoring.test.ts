/**
 * What Monitoring watches of the whole stack. Does not prove that AWS sends these metrics, nor that a mail arrives; that `publish`
 * writes its own under these names is for test/lambdas to show.
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

/** An alarm for the first one in five minutes. */
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
  test("tell of the first message in a dead-letter queue, and go on while that says nothing more", () => {
    for (const kind of ["connection", "user", "page"]) {
      expect(program.inputs(ALARM, `monitoring-dead-letters-${kind}`)).toEqual({
        ...alarm(
          "AWS/SQS",
          "ApproximateNumberOfMessagesVisible",
          { QueueName: `queue-notify-${kind}-dead-letters` },
          `Messages of the queue ${kind} could not be delivered: the log of notify says why.`,
        ),
        statistic: "Maximum",
        treatMissingData: "ignore",
      });
    }
  });

  test("tell of errors and throttles of every function that there is, but for the one that everybody can make fail", () => {
    const functions = program
      .all("aws:lambda/function:Function")
      .map(({ name }) => name)
      .filter((name) => name !== "authorize");
    expect(functions).toHaveLength(5);
    expect(program.all(ALARM).filter(({ name }) => name.includes("authorize"))).toEqual([]);
    for (const name of functions) {
      const dimensions = { FunctionName: `function-${name}` };
      expect(program.inputs(ALARM, `monitoring-errors-${name}`)).toEqual(
        alarm("AWS/Lambda", "Errors", dimensions, `The function ${name} failed: see its log.`),
      );
      expect(program.inputs(ALARM, `monitoring-throttles-${name}`)).toEqual(
        alarm(
          "AWS/Lambda",
          "Throttles",
          dimensions,
          `The function ${name} was called more often at once than it may run.`,
        ),
      );
    }
  });

  test("tell of what the APIs could not answer", () => {
    expect(program.inputs(ALARM, "monitoring-publish-api")).toEqual(
      alarm(
        "AWS/ApiGateway",
        "5xx",
        { ApiId: "api-stock-publish" },
        "A publish was answered with 5xx, and is to be repeated by its publisher.",
      ),
    );
    expect(program.inputs(ALARM, "monitoring-watch-api")).toEqual(
      alarm(
        "AWS/ApiGateway",
        "ExecutionError",
        { ApiId: "api-stock-watch" },
        "The WebSocket API could not call its function.",
      ),
    );
  });

  test("are 15, of which 10 are free in an account", () => {
    expect(program.all(ALARM)).toHaveLength(15);
  });

  test("are mailed to nobody unless somebody is named", async () => {
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

describe("the dashboard", () => {
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

  test("shows publishes, deliveries and how long they take, as publish itself counts them", () => {
    const api = ["ApiId", "api-stock-publish"];
    const own = (name: string) => ["ticker-watch", name, "service", "publish"];
    expect(metricsOf("Publishes")).toEqual(
      ["Count", "4xx", "5xx"].map((name) => ["AWS/ApiGateway", name, ...api]),
    );
    expect(metricsOf("Deliveries")).toEqual(
      ["Watchers", "Delivered", "Gone", "Closed", "Failed", "Queued"].map(own),
    );
    const times = [["AWS/ApiGateway", "Latency", ...api], ...["GraphWrite", "GraphRead", "Posts"].map(own)];
    expect(metricsOf("Latency of a publish, median, ms")).toEqual(times);
    expect(metricsOf("Latency of a publish, 99 of 100, ms")).toEqual(times);
  });

  test("shows the graph's capacity, and every queue", () => {
    expect(metricsOf("Graph: capacity in use, NCU")).toEqual([
      ["AWS/Neptune", "ServerlessDatabaseCapacity", "DBClusterIdentifier", "cluster-graph"],
    ]);
    expect(metricsOf("Queues: messages that wait")?.map(([, , , queue]) => queue)).toEqual(
      ["connection", "user", "page"].flatMap((kind) => [
        `queue-notify-${kind}`,
        `queue-notify-${kind}-dead-letters`,
      ]),
    );
  });

  test("has its graphs in two columns, each of the region of the stack", () => {
    expect(widgets.map(({ x, y, width, height }) => [x, y, width, height])).toEqual(
      Array.from({ length: 10 }, (_, n) => [(n % 2) * 12, Math.floor(n / 2) * 6, 12, 6]),
    );
    expect(new Set(widgets.map(({ properties }) => properties.region))).toEqual(new Set(["eu-west-1"]));
  });
});
