import * as pulumi from "@pulumi/pulumi";

/** What this stack is configured to be: see Pulumi.yaml, which describes each key and gives its default. */
export type StackConfig = ReturnType<typeof readConfig>;

/** WebSocket connections that a Neptune instance holds, by class; serverless holds 32,768, larger classes more than Lambda ever opens. */
const GRAPH_CONNECTIONS = [
  { suffix: ".medium", limit: 512 },
  { suffix: ".large", limit: 2_048 },
];

/** Lambdas that an account runs at once, unless AWS has raised it: what a function without a limit of its own can reach. */
const ACCOUNT_CONCURRENCY = 1_000;

/** The days that CloudWatch Logs offers: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/**
 * The stack's configuration, checked.
 * @throws {pulumi.RunError} for a value that cannot work, with the key, what was expected, and the command to run.
 */
export function readConfig() {
  const config = new pulumi.Config();

  const expect = <T>(
    key: string,
    value: T,
    holds: boolean,
    expected: string,
    example: string | number,
  ): T => {
    if (holds) return value;
    throw new pulumi.RunError(
      `Expected ${config.name}:${key} to be ${expected}, got ${value}. Run: pulumi config set ${key} ${example}`,
    );
  };
  const text = (key: string, pattern: RegExp, expected: string, example: string): string => {
    const value = config.require(key);
    return expect(key, value, pattern.test(value), expected, example);
  };
  const integer = (key: string, min: number, max: number, example: number): number => {
    const value = config.requireNumber(key);
    return expect(
      key,
      value,
      Number.isInteger(value) && value >= min && value <= max,
      `a whole number from ${min} to ${max}`,
      example,
    );
  };
  const capacity = (key: string, min: number): number => {
    const value = Number(config.require(key));
    return expect(
      key,
      value,
      value >= min && value <= 128 && value % 0.5 === 0,
      `${min} to 128 in steps of 0.5`,
      min,
    );
  };

  const graphInstanceClass = text(
    "graphInstanceClass",
    /^db\.(serverless|[a-z0-9]+\.[a-z0-9]+)$/,
    "a class of Neptune instances",
    "db.serverless",
  );
  const graphMinCapacity = capacity("graphMinCapacity", 1);
  const graphMaxCapacity = capacity("graphMaxCapacity", 2.5);
  expect(
    "graphMaxCapacity",
    graphMaxCapacity,
    graphMaxCapacity >= graphMinCapacity,
    `graphMinCapacity (${graphMinCapacity}) or more`,
    graphMinCapacity,
  );

  const concurrency = {
    watch: integer("watchConcurrency", 0, 1_000_000, 100),
    publish: integer("publishConcurrency", 0, 1_000_000, 100),
  };
  const connections =
    GRAPH_CONNECTIONS.find(({ suffix }) => graphInstanceClass.endsWith(suffix))?.limit ??
    Number.POSITIVE_INFINITY;
  for (const [name, limit] of Object.entries(concurrency)) {
    // Each Lambda that runs holds one connection to the graph, and a graph that runs out of them needs a restart.
    const summed = limit === 0 ? ACCOUNT_CONCURRENCY : concurrency.watch + concurrency.publish;
    expect(
      `${name}Concurrency`,
      limit,
      summed <= connections,
      `set, and with the others at most ${connections}, which is what ${graphInstanceClass} can hold`,
      100,
    );
  }

  return {
    stage: text("stage", /^[A-Za-z0-9_-]{1,128}$/, "1 to 128 of A-Z a-z 0-9 - _", "development"),
    vpcCidrBlock: text(
      "vpcCidrBlock",
      /^\d+\.\d+\.\d+\.\d+\/(1[6-9]|2[0-4])$/,
      "an IPv4 range of /16 to /24",
      "10.0.0.0/16",
    ),
    graph: {
      instances: integer("graphInstances", 0, 15, 1),
      instanceClass: graphInstanceClass,
      minCapacity: graphMinCapacity,
      maxCapacity: graphMaxCapacity,
      engineVersion: text(
        "graphEngineVersion",
        /^1\.4\.(7\.([1-9]|\d\d+)|([89]|\d\d+)\.\d+)$/,
        "1.4.7.1 or a newer 1.4",
        "1.4.7.1",
      ),
      auditLog: config.requireBoolean("graphAuditLog"),
      protect: config.requireBoolean("protect"),
    },
    concurrency,
    watchThrottle: {
      rateLimit: integer("watchRateLimit", 1, 1_000_000, 500),
      burstLimit: integer("watchBurstLimit", 1, 1_000_000, 1_000),
    },
    publishThrottle: {
      rateLimit: integer("publishRateLimit", 1, 1_000_000, 100),
      burstLimit: integer("publishBurstLimit", 1, 1_000_000, 200),
    },
    watchAccessLog: config.requireBoolean("watchAccessLog"),
    logRetentionDays: expect(
      "logRetentionDays",
      config.requireNumber("logRetentionDays"),
      RETENTION_DAYS.includes(config.requireNumber("logRetentionDays")),
      `one of ${RETENTION_DAYS.join(", ")}`,
      14,
    ),
  };
}
