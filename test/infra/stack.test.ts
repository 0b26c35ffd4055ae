/**
 * The stack in index.ts: its outputs, and rules for every resource. Does not prove that AWS accepts the stack, nor the
 * order in which resources are created.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { declareStack, type Inputs, type Program } from "./declare.ts";
import { PUBLIC_KEY, SIGNING_KEY } from "./mock-outputs.ts";

const FUNCTION = "aws:lambda/function:Function";
const WATCH_URL = "wss://api-stock-watch.execute-api.eu-west-1.amazonaws.com/development";
const CONNECTIONS_URL = WATCH_URL.replace("wss:", "https:");
const PUBLISH_URL = "https://api-stock-publish.execute-api.eu-west-1.amazonaws.com/development";
const SQS_URL = "https://sqs.eu-west-1.amazonaws.com/111122223333";
const PAGE_URL = "https://distribution-watch-page.cloudfront.net";

let program: Program;
beforeAll(async () => {
  program = await declareStack();
}, 30_000);

test("the stack outputs are URLs, queues, token settings and function names", () => {
  expect(program.outputs).toEqual({
    watchUrl: WATCH_URL,
    publishUrl: PUBLISH_URL,
    pageUrl: PAGE_URL,
    connectionsUrl: CONNECTIONS_URL,
    notifyConnectionQueueUrl: `${SQS_URL}/queue-notify-connection`,
    notifyUserQueueUrl: `${SQS_URL}/queue-notify-user`,
    tokenIssuer: "ticker-watch",
    publishToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    signingKey: SIGNING_KEY,
    functionNames: {
      authorize: "function-authorize",
      watch: "function-watch",
      publish: "function-publish",
      notify: "function-notify",
      sweep: "function-sweep",
      operate: "function-operate",
    },
  });
});

test("each function has the environment variables that it needs, and no others", () => {
  const GRAPH_URL = "wss://cluster-graph.cluster-x.eu-west-1.neptune.amazonaws.com:8182/gremlin";
  const fanOut = {
    SQS_ENDPOINT: "https://sqs.eu-west-1.api.aws",
    NOTIFY_PAGE_QUEUE_URL: `${SQS_URL}/queue-notify-page`,
    DIRECT_WATCHERS: "1000",
  };
  const common = (name: string) => ({
    NODE_OPTIONS: "--enable-source-maps",
    POWERTOOLS_SERVICE_NAME: name,
  });
  const verifier = { TOKEN_ISSUER: "ticker-watch", TOKEN_PUBLIC_KEY: PUBLIC_KEY };
  expect(environments(program)).toEqual({
    authorize: { ...verifier, ...common("authorize") },
    watch: {
      GRAPH_URL,
      CONNECTIONS_URL,
      PAGE_ORIGIN: PAGE_URL,
      USER_ACCESS: "token",
      ...verifier,
      ...common("watch"),
    },
    publish: {
      GRAPH_URL,
      CONNECTIONS_URL,
      PAGE_ORIGIN: PAGE_URL,
      ...fanOut,
      POWERTOOLS_METRICS_NAMESPACE: "ticker-watch",
      ...common("publish"),
    },
    notify: { GRAPH_URL, CONNECTIONS_URL, ...common("notify") },
    sweep: { GRAPH_URL, ...common("sweep") },
    operate: { GRAPH_URL, CONNECTIONS_URL, ...fanOut, ...common("operate") },
  });
});

test("the functions behind an API time out before the 30 s integration timeout", () => {
  const limits = program
    .all(FUNCTION)
    .map(({ name, inputs: { timeout, memorySize } }) => [name, { timeout, memorySize }]);
  expect(Object.fromEntries(limits)).toEqual({
    authorize: { timeout: 10, memorySize: 512 },
    watch: { timeout: 28, memorySize: 512 },
    publish: { timeout: 29, memorySize: 1_769 },
    notify: { timeout: 30, memorySize: 1_769 },
    sweep: { timeout: 60, memorySize: 256 },
    operate: { timeout: 60, memorySize: 512 },
  });
});

test("the visibility timeout of each queue is six times the timeout of its consumer", () => {
  const { timeout } = program.inputs(FUNCTION, "notify");
  const read = program.all("aws:lambda/eventSourceMapping:EventSourceMapping").map(({ inputs }) => inputs);
  const seconds = read.map(({ eventSourceArn }) => {
    const name = String(eventSourceArn).split(":queue-")[1] ?? "";
    return program.inputs("aws:sqs/queue:Queue", name)["visibilityTimeoutSeconds"];
  });
  expect(seconds).toEqual([180, 180, 180]);
  expect(timeout).toBe(30);
});

test("the schedule invokes the alias of sweep every hour", () => {
  const { scheduleExpression, target } = program.inputs("aws:scheduler/schedule:Schedule", "sweep-hourly");
  expect([scheduleExpression, (target as Inputs)["arn"]]).toEqual([
    "rate(1 hour)",
    "arn:aws:lambda:eu-west-1:111122223333:function:function-sweep:next",
  ]);
});

test("config.json of the page contains both API URLs and the access modes", () => {
  const { content } = program.inputs("aws:s3/bucketObjectv2:BucketObjectv2", "page-settings");
  expect(JSON.parse(String(content))).toEqual({
    watchUrl: WATCH_URL,
    publishUrl: PUBLISH_URL,
    access: { watch: "token", user: "token", publish: "token" },
  });
});

test("CORS of the HTTP API allows the origin of the page", () => {
  const { corsConfiguration } = program.inputs("aws:apigatewayv2/api:Api", "stock-publish");
  expect((corsConfiguration as Inputs)["allowOrigins"]).toEqual([PAGE_URL]);
});

describe("resources", () => {
  test("resource names are unique per type", () => {
    const keys = program.resources.map(({ type, name }) => `${type}::${name}`);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  test("each resource is a child of a component in infra/ and has its name as prefix", () => {
    const strays = program.resources.filter(({ type, name, parent }) => {
      if (type.startsWith("ticker-watch:infra:")) return parent !== "the stack";
      const [, component, parentName = ""] = /^(ticker-watch:infra:\w+)::(.+)$/.exec(parent) ?? [];
      return !component || (name !== parentName && !name.startsWith(`${parentName}-`));
    });
    expect(strays.map(({ type, name, parent }) => `${type}::${name} in ${parent}`)).toEqual([]);
  });
});

test("the security groups allow only HTTPS egress and Gremlin from the functions to the graph", () => {
  const rules = program.resources.filter(({ type }) => /[sS]ecurityGroup\w*Rule$/.test(type));
  expect(rules.map(({ name }) => name).sort()).toEqual([
    "graph-from-lambdas",
    "graph-from-lambdas-egress",
    "network-lambda-https",
  ]);
  const groups = program.inputsByName("aws:ec2/securityGroup:SecurityGroup");
  const inline = Object.values(groups).filter((inputs) => "ingress" in inputs || "egress" in inputs);
  expect([Object.keys(groups), inline]).toEqual([["graph", "network-lambda"], []]);
});

describe("functions", () => {
  test("each function has its own role and log group", () => {
    const functions = program.all(FUNCTION).map(({ inputs }) => inputs);
    const groups = functions.map(({ loggingConfig }) => (loggingConfig as Inputs)["logGroup"]);
    const made = program.all("aws:cloudwatch/logGroup:LogGroup").map(({ inputs }) => inputs["name"]);
    expect(new Set(functions.map(({ role }) => role)).size).toBe(functions.length);
    expect(new Set(groups).size).toBe(functions.length);
    expect(groups.filter((group) => !made.includes(group))).toEqual([]);
  });

  test("each function has an alias, and permissions only for the alias with a source ARN", () => {
    const aliases = program.all("aws:lambda/alias:Alias").map(({ inputs }) => inputs["functionName"]);
    expect(aliases).toEqual(program.all(FUNCTION).map(({ name }) => `function-${name}`));
    const open = program
      .all("aws:lambda/permission:Permission")
      .filter(
        ({ inputs }) => inputs["qualifier"] !== "next" || !String(inputs["sourceArn"]).startsWith("arn:"),
      );
    expect(open).toEqual([]);
  });
});

test("configured values are applied to their resources", async () => {
  const configured = await declareStack({
    config: {
      stage: "live",
      vpcCidrBlock: "10.9.0.0/20",
      graphInstances: "2",
      graphInstanceClass: "db.r6g.large",
      graphEngineVersion: "1.4.8.0",
      graphAuditLog: "true",
      protect: "false",
      finalSnapshot: "last-backup",
      watchConcurrency: "20",
      publishConcurrency: "10",
      notifyConcurrency: "7",
      directWatchers: "50",
      publishAccess: "open",
      watchAccess: "open",
      userAccess: "open",
      watchRateLimit: "1",
      watchBurstLimit: "2",
      publishRateLimit: "3",
      publishBurstLimit: "4",
      watchAccessLog: "true",
      logRetentionDays: "90",
    },
  });
  const byName = (type: string, pick: (inputs: Inputs) => unknown) =>
    Object.fromEntries(configured.all(type).map(({ name, inputs }) => [name, pick(inputs)]));

  expect(byName("awsx:ec2:Vpc", ({ cidrBlock }) => cidrBlock)).toEqual({ "network-vpc": "10.9.0.0/20" });
  expect(byName("aws:neptune/clusterInstance:ClusterInstance", (inputs) => inputs["instanceClass"])).toEqual({
    "graph-1": "db.r6g.large",
    "graph-2": "db.r6g.large",
  });
  expect(configured.inputs("aws:neptune/cluster:Cluster", "graph")).toMatchObject({
    engineVersion: "1.4.8.0",
    enableCloudwatchLogsExports: ["audit", "slowquery"],
    deletionProtection: false,
    finalSnapshotIdentifier: "last-backup",
  });
  expect(byName(FUNCTION, (inputs) => inputs["reservedConcurrentExecutions"])).toEqual({
    authorize: undefined,
    watch: 20,
    publish: 10,
    notify: undefined,
    sweep: undefined,
    operate: undefined,
  });
  expect(
    byName("aws:lambda/eventSourceMapping:EventSourceMapping", ({ scalingConfig }) => scalingConfig),
  ).toEqual({
    "notify-delivery-connection": { maximumConcurrency: 2 },
    "notify-delivery-user": { maximumConcurrency: 2 },
    "notify-delivery-page": { maximumConcurrency: 7 },
  });
  expect(environments(configured)).toMatchObject({
    watch: { USER_ACCESS: "open" },
    publish: { DIRECT_WATCHERS: "50" },
    operate: { DIRECT_WATCHERS: "50" },
  });
  expect(
    byName("aws:apigatewayv2/stage:Stage", ({ name, defaultRouteSettings, accessLogSettings }) => ({
      name,
      defaultRouteSettings,
      logs: accessLogSettings !== undefined,
    })),
  ).toEqual({
    "stock-watch-routes": {
      name: "live",
      defaultRouteSettings: { throttlingRateLimit: 1, throttlingBurstLimit: 2 },
      logs: true,
    },
    "stock-publish": {
      name: "live",
      defaultRouteSettings: { throttlingRateLimit: 3, throttlingBurstLimit: 4 },
      logs: true,
    },
  });
  expect(byName("aws:cloudwatch/logGroup:LogGroup", (inputs) => inputs["retentionInDays"])).toEqual({
    authorize: 90,
    watch: 90,
    publish: 90,
    notify: 90,
    sweep: 90,
    operate: 90,
    "stock-watch-routes-access": 90,
    "stock-publish-access": 90,
    "graph-audit": 90,
    "graph-slowquery": 90,
  });
  expect(byName("aws:apigatewayv2/route:Route", (inputs) => inputs["authorizationType"])).toMatchObject({
    "stock-watch-routes-connect": undefined,
    "stock-publish-post": "NONE",
    "stock-publish-broadcast": "CUSTOM",
  });
  expect(configured.outputs).toMatchObject({
    watchUrl: WATCH_URL.replace("development", "live"),
    publishUrl: PUBLISH_URL.replace("development", "live"),
  });
});

test("with an external token issuer, the stack has no key and only authorize has its settings", async () => {
  const tokenKeysUrl = "https://issuer.example/keys.json";
  const configured = await declareStack({
    config: {
      tokenIssuer: "https://issuer.example/",
      tokenKeysUrl,
      tokenUserClaim: "username",
      tokenAudienceClaim: "client_id",
      tokenWatchAudience: "client-to-watch",
    },
  });
  const { authorize, watch } = environments(configured) as Record<string, Inputs>;
  expect(authorize).toMatchObject({
    TOKEN_ISSUER: "https://issuer.example/",
    TOKEN_JWKS_URL: tokenKeysUrl,
    TOKEN_USER_CLAIM: "username",
    TOKEN_AUDIENCE_CLAIM: "client_id",
    TOKEN_WATCH_AUDIENCE: "client-to-watch",
    TOKEN_PUBLISH_AUDIENCE: "ticker-watch:publish",
  });
  expect(Object.keys({ ...watch }).filter((name) => name.startsWith("TOKEN"))).toEqual([]);
  const { content } = configured.inputs("aws:s3/bucketObjectv2:BucketObjectv2", "page-settings");
  expect(JSON.parse(String(content))).toMatchObject({ userClaim: "username" });
  expect(configured.resources.filter(({ type }) => type.startsWith("tls:"))).toEqual([]);
  expect(configured.outputs).toMatchObject({ signingKey: undefined, publishToken: undefined });
});

test("only authorize is outside the VPC, because it fetches the keys of an external issuer", () => {
  const outside = program.all(FUNCTION).filter(({ inputs }) => inputs["vpcConfig"] === undefined);
  expect(outside.map(({ name }) => name)).toEqual(["authorize"]);
});

test("configured serverless capacity limits are applied to the cluster", async () => {
  const configured = await declareStack({ config: { graphMinCapacity: "2", graphMaxCapacity: "16" } });
  expect(
    configured.inputs("aws:neptune/cluster:Cluster", "graph")["serverlessV2ScalingConfiguration"],
  ).toEqual({ minCapacity: 2, maxCapacity: 16 });
});

/** Environment variables by function. */
function environments(declared: Program): Record<string, unknown> {
  return Object.fromEntries(
    declared.all(FUNCTION).map(({ name, inputs }) => [name, (inputs["environment"] as Inputs)["variables"]]),
  );
}
