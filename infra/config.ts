import { DEFAULT_AUDIENCE_CLAIM, DEFAULT_USER_CLAIM } from "#protocol/claim-rules.ts";
import { PUBLISH_AUDIENCE, WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import { ConfigReader } from "./config-reader.ts";

/** The days that CloudWatch Logs offers: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const OCTET = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
/** The last octet is 0: a range of at most /24 begins there. */
const CIDR_BLOCK = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.0/(1[6-9]|2[0-4])$`);

/**
 * What this stack is configured to be, checked: see Pulumi.yaml, which describes each key and gives its default.
 * @throws {pulumi.RunError} for a value that cannot work, with the key, what was expected, and the command to run.
 */
export function readConfig() {
  const config = new ConfigReader();
  const graph = readGraph(config);
  const limit = 1_000_000;
  const email = config.text("alarmEmail", /^(none|[^\s@]+@[^\s@]+)$/, "none, or an e-mail address", "none");
  return {
    stage: config.text("stage", /^[A-Za-z0-9_-]{1,128}$/, "1 to 128 of A-Z a-z 0-9 - _", "development"),
    vpcCidrBlock: config.text("vpcCidrBlock", CIDR_BLOCK, "an IPv4 range of /16 to /24", "10.0.0.0/16"),
    graph,
    concurrency: readConcurrency(config, graph.instanceClass),
    watchThrottle: {
      rateLimit: config.integer("watchRateLimit", 1, limit, 500),
      burstLimit: config.integer("watchBurstLimit", 1, limit, 1_000),
    },
    publishThrottle: {
      rateLimit: config.integer("publishRateLimit", 1, limit, 100),
      burstLimit: config.integer("publishBurstLimit", 1, limit, 200),
    },
    access: {
      watch: config.access("watchAccess"),
      user: config.access("userAccess"),
      publish: config.access("publishAccess"),
    },
    tokens: readTokens(config),
    directWatchers: config.integer("directWatchers", 1, 10_000, 1_000),
    watchAccessLog: config.flag("watchAccessLog"),
    alarmEmail: email === "none" ? undefined : email,
    logRetentionDays: config.oneOf("logRetentionDays", RETENTION_DAYS, 14),
  };
}

function readGraph(config: ConfigReader) {
  const minCapacity = config.multiple("graphMinCapacity", 0.5, 1, 128);
  const maxCapacity = config.multiple("graphMaxCapacity", 0.5, 2.5, 128);
  const isRange = maxCapacity >= minCapacity;
  config.expect(
    "graphMaxCapacity",
    maxCapacity,
    isRange,
    `graphMinCapacity (${minCapacity}) or more`,
    minCapacity,
  );
  const finalSnapshot = config.text(
    "finalSnapshot",
    /^(?!.*--)[A-Za-z]([A-Za-z0-9-]{0,253}[A-Za-z0-9])?$/,
    "none, or a name of letters, digits and single hyphens that begins with a letter",
    "none",
  );
  return {
    instances: config.integer("graphInstances", 0, 15, 1),
    instanceClass: config.text(
      "graphInstanceClass",
      /^db\.(serverless|[a-z0-9]+\.[a-z0-9]+)$/,
      "a class of Neptune instances",
      "db.serverless",
    ),
    minCapacity,
    maxCapacity,
    engineVersion: config.text(
      "graphEngineVersion",
      /^1\.4\.(7\.([1-9]|\d\d+)|([89]|\d\d+)\.\d+)$/,
      "1.4.7.1 or a newer 1.4",
      "1.4.7.1",
    ),
    auditLog: config.flag("graphAuditLog"),
    protect: config.flag("protect"),
    finalSnapshot: finalSnapshot === "none" ? undefined : finalSnapshot,
  };
}

/** Lambdas that an account runs at once unless AWS has raised it: what those without a limit of their own share. */
const ACCOUNT_CONCURRENCY = 1_000;

/**
 * Connections that an instance holds, by the end of its class; each Lambda that runs holds one, and an instance that runs
 * out of them must be restarted: https://docs.aws.amazon.com/neptune/latest/userguide/limits.html
 */
const INSTANCE_CONNECTIONS: readonly (readonly [RegExp, number])[] = [
  [/\.medium$/, 512],
  [/\.large$/, 2_048],
  [/./, 32_768],
];

/** The least that Lambda takes: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const LEAST_QUEUE_CONCURRENCY = 2;

/** The Lambdas without a caller that comes many at once: the hourly sweep, and the operator's. */
const SINGLE_LAMBDAS = 2;

/** Whose tokens are taken. @see {@link readConfig} for what is thrown. */
function readTokens(config: ConfigReader) {
  const jwksUrl = config.text(
    "tokenKeysUrl",
    /^(none|https:\/\/[^\s/]+\/\S*)$/,
    "none, or the https address of a JSON Web Key Set",
    "none",
  );
  const issuer = config.text(
    "tokenIssuer",
    /^\S{1,256}$/,
    "the `iss` of its tokens, without spaces",
    "ticker-watch",
  );
  const outside = readOutsideTokens(config, jwksUrl !== "none");
  return { issuer, outside: outside && { jwksUrl, ...outside } };
}

/** The claims and audiences of another issuer's tokens; `undefined` when the stack signs its own. */
function readOutsideTokens(config: ConfigReader, isOutside: boolean) {
  const claim = (key: string, byDefault: string) =>
    config.text(key, /^[\x21-\x7e]{1,256}$/, "the name of a claim, without spaces", byDefault);
  const audience = (key: string, byDefault: string) =>
    config.text(key, /^[\x21-\x7e]{1,256}$/, "the value of a claim, without spaces", byDefault);
  const userClaim = claim("tokenUserClaim", DEFAULT_USER_CLAIM);
  const audienceClaim = claim("tokenAudienceClaim", DEFAULT_AUDIENCE_CLAIM);
  const watchAudience = audience("tokenWatchAudience", WATCH_AUDIENCE);
  const publishAudience = audience("tokenPublishAudience", PUBLISH_AUDIENCE);
  if (!isOutside) {
    const expectDefault = (key: string, value: string, byDefault: string) =>
      config.expect(
        key,
        value,
        value === byDefault,
        `${byDefault} unless tokenKeysUrl names another issuer`,
        byDefault,
      );
    expectDefault("tokenUserClaim", userClaim, DEFAULT_USER_CLAIM);
    expectDefault("tokenAudienceClaim", audienceClaim, DEFAULT_AUDIENCE_CLAIM);
    expectDefault("tokenWatchAudience", watchAudience, WATCH_AUDIENCE);
    expectDefault("tokenPublishAudience", publishAudience, PUBLISH_AUDIENCE);
    return undefined;
  }
  const [key, other, example] =
    publishAudience === PUBLISH_AUDIENCE
      ? (["tokenWatchAudience", "tokenPublishAudience", WATCH_AUDIENCE] as const)
      : (["tokenPublishAudience", "tokenWatchAudience", PUBLISH_AUDIENCE] as const);
  const isDistinct = watchAudience !== publishAudience;
  const expected = `another value than ${other}, because a token to watch could publish otherwise`;
  config.expect(key, watchAudience, isDistinct, expected, example);
  return { userClaim, audienceClaim, watchAudience, publishAudience };
}

function readConcurrency(config: ConfigReader, instanceClass: string) {
  const most = 1_000_000;
  const limits = {
    watchConcurrency: config.integer("watchConcurrency", 0, most, 100),
    publishConcurrency: config.integer("publishConcurrency", 0, most, 100),
    notifyConcurrency: config.integer("notifyConcurrency", LEAST_QUEUE_CONCURRENCY, 1_000, 4),
  };
  const { watchConcurrency: watch, publishConcurrency: publish, notifyConcurrency: page } = limits;
  const notify = { connection: LEAST_QUEUE_CONCURRENCY, user: LEAST_QUEUE_CONCURRENCY, page };
  // None of these has a limit of its own: where another one has none either, they are part of what the account runs.
  const others = notify.connection + notify.user + notify.page + SINGLE_LAMBDAS;
  const isOpen = watch === 0 || publish === 0;
  const summed = watch + publish + (isOpen ? Math.max(ACCOUNT_CONCURRENCY, others) : others);
  const connections = INSTANCE_CONNECTIONS.find(([classes]) => classes.test(instanceClass))?.[1] ?? 0;
  // The one to be set lower is the one that asks for most. A quarter each is sure to fit.
  const [key, limit] = Object.entries(limits).reduce((a, b) => ((b[1] || most) > (a[1] || most) ? b : a));
  const expected = `set, so that all Lambdas together are at most ${connections}, the connections of ${instanceClass}`;
  config.expect(key, limit, summed <= connections, expected, connections / 4);
  return { watch, publish, notify };
}
