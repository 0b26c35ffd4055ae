import { DEFAULT_AUDIENCE_CLAIM, DEFAULT_USER_CLAIM } from "#protocol/claim-rules.ts";
import { PUBLISH_AUDIENCE, WATCH_AUDIENCE } from "#protocol/token-audiences.ts";
import { ConfigReader } from "./config-reader.ts";

/** Retention periods of CloudWatch Logs: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const OCTET = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
/** The last octet is 0, because the smallest allowed block is a /24. */
const CIDR_BLOCK = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.0/(1[6-9]|2[0-4])$`);

/**
 * The validated configuration of this stack. Pulumi.yaml describes each key and contains its default.
 * @throws {pulumi.RunError} for an invalid value, with the key, the expected value and a valid example.
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

/** Default concurrency limit of an account, shared by the Lambdas without reserved concurrency. */
const ACCOUNT_CONCURRENCY = 1_000;

/**
 * WebSocket connections per Neptune instance, by instance size. Each concurrent Lambda holds one, and an
 * instance without free connections must be restarted: https://docs.aws.amazon.com/neptune/latest/userguide/limits.html
 */
const INSTANCE_CONNECTIONS: readonly (readonly [RegExp, number])[] = [
  [/\.medium$/, 512],
  [/\.large$/, 2_048],
  [/./, 32_768],
];

/** Minimum value that Lambda accepts: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const LEAST_QUEUE_CONCURRENCY = 2;

/** Lambdas that run one at a time: `sweep` and `operate`. */
const SINGLE_LAMBDAS = 2;

/** The accepted token issuer. @throws as {@link readConfig} */
function readTokens(config: ConfigReader) {
  const jwksUrl = config.text(
    "tokenKeysUrl",
    /^(none|https:\/\/[^\s/]+\/\S*)$/,
    "none, or the https URL of a JSON Web Key Set",
    "none",
  );
  const issuer = config.text(
    "tokenIssuer",
    /^\S{1,256}$/,
    "the `iss` of its tokens, without spaces",
    "ticker-watch",
  );
  const external = readExternalTokens(config, jwksUrl !== "none");
  return { issuer, external: external && { jwksUrl, ...external } };
}

/** Claims and audiences of an external issuer; `undefined` when the stack signs its own tokens. */
function readExternalTokens(config: ConfigReader, isExternal: boolean) {
  const claim = (key: string, defaultValue: string) =>
    config.text(key, /^[\x21-\x7e]{1,256}$/, "the name of a claim, without spaces", defaultValue);
  const audience = (key: string, defaultValue: string) =>
    config.text(key, /^[\x21-\x7e]{1,256}$/, "the value of a claim, without spaces", defaultValue);
  const userClaim = claim("tokenUserClaim", DEFAULT_USER_CLAIM);
  const audienceClaim = claim("tokenAudienceClaim", DEFAULT_AUDIENCE_CLAIM);
  const watchAudience = audience("tokenWatchAudience", WATCH_AUDIENCE);
  const publishAudience = audience("tokenPublishAudience", PUBLISH_AUDIENCE);
  if (!isExternal) {
    const expectDefault = (key: string, value: string, defaultValue: string) =>
      config.expect(
        key,
        value,
        value === defaultValue,
        `${defaultValue} unless tokenKeysUrl is set`,
        defaultValue,
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
  const expected = `different from ${other}, so that a watch token cannot publish`;
  config.expect(key, watchAudience, isDistinct, expected, example);
  return { userClaim, audienceClaim, watchAudience, publishAudience };
}

function readConcurrency(config: ConfigReader, instanceClass: string) {
  const unlimited = 1_000_000;
  const limits = {
    watchConcurrency: config.integer("watchConcurrency", 0, unlimited, 100),
    publishConcurrency: config.integer("publishConcurrency", 0, unlimited, 100),
    notifyConcurrency: config.integer("notifyConcurrency", LEAST_QUEUE_CONCURRENCY, 1_000, 4),
  };
  const { watchConcurrency: watch, publishConcurrency: publish, notifyConcurrency: page } = limits;
  const notify = { connection: LEAST_QUEUE_CONCURRENCY, user: LEAST_QUEUE_CONCURRENCY, page };
  // These share the account limit with `watch` and `publish` if those have no reserved concurrency either.
  const others = notify.connection + notify.user + notify.page + SINGLE_LAMBDAS;
  const isUnreserved = watch === 0 || publish === 0;
  const summed = watch + publish + (isUnreserved ? Math.max(ACCOUNT_CONCURRENCY, others) : others);
  const connections = INSTANCE_CONNECTIONS.find(([classes]) => classes.test(instanceClass))?.[1] ?? 0;
  // Report the largest limit. A quarter of the connections for each always fits.
  const [key, limit] = Object.entries(limits).reduce((a, b) =>
    (b[1] || unlimited) > (a[1] || unlimited) ? b : a,
  );
  const expected = `set so that all Lambdas need at most ${connections} connections, the limit of ${instanceClass}`;
  config.expect(key, limit, summed <= connections, expected, connections / 4);
  return { watch, publish, notify };
}
