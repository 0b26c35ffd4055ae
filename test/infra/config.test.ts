/**
 * Validation of the stack configuration. Does not prove that AWS accepts the values: quotas, instance classes
 * and engine versions differ by account and region.
 */
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { readConfig } from "#infra/config.ts";
import { readProjectFile, setConfig } from "./declare.ts";

beforeAll(async () => {
  const refuse = (): never => {
    throw new Error("Expected readConfig to declare no resource and call no provider.");
  };
  await pulumi.runtime.setMocks({ newResource: refuse, call: refuse }, "ticker-watch");
});

/** The configuration error for `values` over the defaults; `undefined` if they are valid. */
function configError(values: Readonly<Record<string, string>>): string | undefined {
  setConfig(values);
  try {
    readConfig();
    return undefined;
  } catch (error) {
    if (!pulumi.RunError.isInstance(error)) throw error;
    return error.message;
  }
}

test("readConfig returns the defaults of Pulumi.yaml without overrides", () => {
  setConfig();
  expect(readConfig()).toEqual({
    stage: "development",
    vpcCidrBlock: "10.0.0.0/16",
    graph: {
      instances: 1,
      instanceClass: "db.serverless",
      minCapacity: 1,
      maxCapacity: 2.5,
      engineVersion: "1.4.7.1",
      auditLog: false,
      protect: true,
      finalSnapshot: "ticker-watch-final",
    },
    concurrency: { watch: 0, publish: 0, notify: { connection: 2, user: 2, page: 4 } },
    watchThrottle: { rateLimit: 500, burstLimit: 1_000 },
    publishThrottle: { rateLimit: 100, burstLimit: 200 },
    access: { watch: "token", user: "token", publish: "token" },
    tokens: { issuer: "ticker-watch", external: undefined },
    directWatchers: 1_000,
    watchAccessLog: false,
    alarmEmail: undefined,
    logRetentionDays: 14,
  });
});

describe("configuration errors", () => {
  const name = "1 to 128 of A-Z a-z 0-9 - _";
  const range = "an IPv4 range of /16 to /24";
  const version = "1.4.7.1 or a newer 1.4";
  const instanceClass = "a class of Neptune instances";
  const snapshot = "none, or a name of letters, digits and single hyphens that begins with a letter";
  const limit = "a whole number from 1 to 1000000";
  const email = "none, or an e-mail address";
  const concurrency = "a whole number from 0 to 1000000";
  const days =
    "one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653";
  test.each([
    ["stage", "", name, "development"],
    ["stage", "$default", name, "development"],
    ["stage", "s".repeat(129), name, "development"],
    ["vpcCidrBlock", "10.0.0.0", range, "10.0.0.0/16"],
    ["vpcCidrBlock", "10.0.0.0/15", range, "10.0.0.0/16"],
    ["vpcCidrBlock", "10.0.0.0/25", range, "10.0.0.0/16"],
    ["vpcCidrBlock", "2001:db8::/56", range, "10.0.0.0/16"],
    ["vpcCidrBlock", "300.0.0.0/16", range, "10.0.0.0/16"],
    ["vpcCidrBlock", "10.0.0.77/24", range, "10.0.0.0/16"],
    ["graphInstances", "many", "a whole number from 0 to 15", 1],
    ["graphInstances", "-1", "a whole number from 0 to 15", 1],
    ["graphInstances", "16", "a whole number from 0 to 15", 1],
    ["graphInstances", "1.5", "a whole number from 0 to 15", 1],
    ["graphInstanceClass", "t4g.medium", instanceClass, "db.serverless"],
    ["graphInstanceClass", "db.r6g.large.old", instanceClass, "db.serverless"],
    ["graphMinCapacity", "0.5", "1 to 128 in steps of 0.5", 1],
    ["graphMinCapacity", "1.25", "1 to 128 in steps of 0.5", 1],
    ["graphMinCapacity", "abc", "1 to 128 in steps of 0.5", 1],
    ["graphMaxCapacity", "2", "2.5 to 128 in steps of 0.5", 2.5],
    ["graphMaxCapacity", "128.5", "2.5 to 128 in steps of 0.5", 2.5],
    ["graphEngineVersion", "1.4.7.0", version, "1.4.7.1"],
    ["graphEngineVersion", "1.4.6.9", version, "1.4.7.1"],
    ["graphEngineVersion", "1.5.0.0", version, "1.4.7.1"],
    ["finalSnapshot", "a--b", snapshot, "none"],
    ["finalSnapshot", "-a", snapshot, "none"],
    ["protect", "yes", "true or false", "true"],
    ["watchConcurrency", "-1", concurrency, 100],
    ["watchConcurrency", "1000001", concurrency, 100],
    ["publishConcurrency", "-1", concurrency, 100],
    ["publishConcurrency", "0.5", concurrency, 100],
    ["notifyConcurrency", "1", "a whole number from 2 to 1000", 4],
    ["notifyConcurrency", "1001", "a whole number from 2 to 1000", 4],
    ["notifyConcurrency", "2.5", "a whole number from 2 to 1000", 4],
    ["directWatchers", "0", "a whole number from 1 to 10000", 1_000],
    ["directWatchers", "10001", "a whole number from 1 to 10000", 1_000],
    ["directWatchers", "all", "a whole number from 1 to 10000", 1_000],
    ["userAccess", "", "token or open", "token"],
    ["userAccess", "Open", "token or open", "token"],
    ["userAccess", "opened", "token or open", "token"],
    ["watchRateLimit", "0", limit, 500],
    ["watchRateLimit", "1000001", limit, 500],
    ["watchBurstLimit", "0", limit, 1_000],
    ["watchBurstLimit", "1.5", limit, 1_000],
    ["publishRateLimit", "0", limit, 100],
    ["publishRateLimit", "-5", limit, 100],
    ["publishBurstLimit", "0", limit, 200],
    ["publishBurstLimit", "1000001", limit, 200],
    ["alarmEmail", "", email, "none"],
    ["alarmEmail", "somebody", email, "none"],
    ["alarmEmail", "a@b c", email, "none"],
    ["logRetentionDays", "0", days, 14],
    ["logRetentionDays", "15", days, 14],
  ])("readConfig throws for %s %j, with a valid example", (key, value, expected, example) => {
    expect(configError({ [key]: value })).toBe(
      `Expected ticker-watch:${key} to be ${expected}, got ${value}. Run: pulumi config set ${key} ${example}`,
    );
  });

  const claim = "the name of a claim, without spaces";
  const audience = "the value of a claim, without spaces";
  const keysUrl = "https://issuer.example/keys.json";
  test.each([
    ["tokenUserClaim", "", claim, "sub"],
    ["tokenUserClaim", "a b", claim, "sub"],
    ["tokenAudienceClaim", "", claim, "aud"],
    ["tokenAudienceClaim", "x".repeat(257), claim, "aud"],
    ["tokenWatchAudience", "", audience, "ticker-watch:watch"],
    ["tokenWatchAudience", "a b", audience, "ticker-watch:watch"],
    ["tokenPublishAudience", "", audience, "ticker-watch:publish"],
    ["tokenPublishAudience", "Zoë", audience, "ticker-watch:publish"],
  ])("readConfig throws for %s %j with an external issuer", (key, value, expected, example) => {
    expect(configError({ tokenKeysUrl: keysUrl, [key]: value })).toBe(
      `Expected ticker-watch:${key} to be ${expected}, got ${value}. Run: pulumi config set ${key} ${example}`,
    );
  });

  test.each([
    ["tokenUserClaim", "email", "sub"],
    ["tokenAudienceClaim", "client_id", "aud"],
    ["tokenWatchAudience", "watch", "ticker-watch:watch"],
    ["tokenPublishAudience", "publish", "ticker-watch:publish"],
  ])("readConfig throws for %s %s without tokenKeysUrl", (key, value, defaultValue) => {
    expect(configError({ [key]: value })).toBe(
      `Expected ticker-watch:${key} to be ${defaultValue} unless tokenKeysUrl is set, got ${value}. ` +
        `Run: pulumi config set ${key} ${defaultValue}`,
    );
  });

  test.each([
    [
      { tokenWatchAudience: "api", tokenPublishAudience: "api" },
      "tokenPublishAudience",
      "tokenWatchAudience",
      "api",
    ],
    [
      { tokenPublishAudience: "ticker-watch:watch" },
      "tokenPublishAudience",
      "tokenWatchAudience",
      "ticker-watch:watch",
    ],
    [
      { tokenWatchAudience: "ticker-watch:publish" },
      "tokenWatchAudience",
      "tokenPublishAudience",
      "ticker-watch:publish",
    ],
  ])("readConfig throws for equal audiences for watching and publishing, %j", (values, key, other, value) => {
    const example = key === "tokenPublishAudience" ? "ticker-watch:publish" : "ticker-watch:watch";
    expect(configError({ tokenKeysUrl: keysUrl, ...values })).toBe(
      `Expected ticker-watch:${key} to be different from ${other}, so that a watch token cannot publish, ` +
        `got ${value}. Run: pulumi config set ${key} ${example}`,
    );
    expect(configError({ tokenKeysUrl: keysUrl, ...values, [key]: example })).toBeUndefined();
  });

  test("readConfig throws for a graphMaxCapacity below graphMinCapacity", () => {
    expect(configError({ graphMinCapacity: "8", graphMaxCapacity: "4" })).toBe(
      "Expected ticker-watch:graphMaxCapacity to be graphMinCapacity (8) or more, got 4. Run: pulumi config set graphMaxCapacity 8",
    );
  });
});

test.each([
  { stage: "s".repeat(128) },
  { stage: "A_b-9" },
  { vpcCidrBlock: "172.31.0.0/16" },
  { vpcCidrBlock: "192.168.7.0/24" },
  { graphInstances: "0" },
  { graphInstances: "15" },
  { graphInstanceClass: "db.r8g.16xlarge" },
  { graphMinCapacity: "128", graphMaxCapacity: "128" },
  { graphMinCapacity: "2.5" },
  { graphEngineVersion: "1.4.7.10" },
  { graphEngineVersion: "1.4.10.0" },
  { watchConcurrency: "16384", publishConcurrency: "16374" },
  { notifyConcurrency: "2" },
  { notifyConcurrency: "1000" },
  { directWatchers: "1" },
  { directWatchers: "10000" },
  { userAccess: "open" },
  { finalSnapshot: "a" },
  { watchRateLimit: "1", watchBurstLimit: "1000000" },
  { publishRateLimit: "1000000", publishBurstLimit: "1" },
  { alarmEmail: "none" },
  { alarmEmail: "on-call@example.com" },
  { logRetentionDays: "3653" },
])("readConfig accepts %j", (values) => {
  expect(configError(values)).toBeUndefined();
});

describe("connection limit of the graph", () => {
  const refusal = (name: string, value: number, connections: number, instanceClass: string) =>
    `Expected ticker-watch:${name} to be set so that all Lambdas need at most ${connections} ` +
    `connections, the limit of ${instanceClass}, got ${value}. Run: pulumi config set ${name} ${connections / 4}`;

  // 6 more: 2 for each queue of other systems, 1 for `sweep`, 1 for `operate`.
  test.each([
    ["db.t4g.medium", 0, 0, 4, refusal("watchConcurrency", 0, 512, "db.t4g.medium")],
    ["db.t3.medium", 100, 0, 4, refusal("publishConcurrency", 0, 512, "db.t3.medium")],
    ["db.t4g.medium", 300, 203, 4, refusal("watchConcurrency", 300, 512, "db.t4g.medium")],
    ["db.t4g.medium", 300, 202, 4, undefined],
    ["db.t4g.medium", 300, 202, 5, refusal("watchConcurrency", 300, 512, "db.t4g.medium")],
    ["db.t4g.medium", 100, 100, 307, refusal("notifyConcurrency", 307, 512, "db.t4g.medium")],
    ["db.t4g.medium", 100, 100, 306, undefined],
    ["db.t4g.medium", 128, 128, 128, undefined],
    ["db.r6g.large", 1_039, 1_000, 4, refusal("watchConcurrency", 1_039, 2_048, "db.r6g.large")],
    ["db.r6g.large", 1_038, 1_000, 4, undefined],
    ["db.r6g.large", 0, 1_049, 4, refusal("watchConcurrency", 0, 2_048, "db.r6g.large")],
    ["db.r6g.large", 0, 1_048, 4, undefined],
    ["db.r6g.large", 0, 1_048, 994, undefined],
    ["db.r6g.large", 0, 1_048, 995, refusal("watchConcurrency", 0, 2_048, "db.r6g.large")],
    ["db.r6g.large", 0, 0, 4, undefined],
    ["db.serverless", 30_000, 2_759, 4, refusal("watchConcurrency", 30_000, 32_768, "db.serverless")],
    ["db.serverless", 0, 0, 1_000, undefined],
  ])(
    "readConfig checks the connections of %s for the concurrency watch %i, publish %i and notify %i",
    (graphInstanceClass, watch, publish, notify, expected) => {
      const values = {
        graphInstanceClass,
        watchConcurrency: String(watch),
        publishConcurrency: String(publish),
        notifyConcurrency: String(notify),
      };
      expect(configError(values)).toBe(expected);
    },
  );
});

describe("configuration keys", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("Pulumi.yaml declares exactly the keys that readConfig reads", () => {
    const read = new Set<string>();
    const getters = Object.getOwnPropertyNames(pulumi.Config.prototype).filter((name) =>
      /^(get|require)/.test(name),
    );
    for (const name of getters) {
      const getter = Reflect.get(pulumi.Config.prototype, name) as (
        key: string,
        ...rest: unknown[]
      ) => unknown;
      vi.spyOn(pulumi.Config.prototype as unknown as Record<string, typeof getter>, name).mockImplementation(
        function (this: pulumi.Config, key, ...rest) {
          read.add(key);
          return getter.call(this, key, ...rest);
        },
      );
    }
    setConfig();
    readConfig();
    expect([...read].sort()).toEqual(Object.keys(declaredKeys()).sort());
  });

  test("each key in Pulumi.yaml has a type, a description and a default of that type", () => {
    const types = { string: "string", integer: "number", boolean: "boolean" };
    const faults = Object.entries(declaredKeys())
      .filter(
        ([, { type, description, default: defaultValue }]) =>
          !/^[A-Z].*\.$/.test(description) ||
          types[type] === undefined ||
          typeof defaultValue !== types[type],
      )
      .map(([key]) => key);
    expect(faults).toEqual([]);
  });
});

interface KeyDeclaration {
  readonly type: "string" | "integer" | "boolean";
  readonly description: string;
  readonly default: unknown;
}

function declaredKeys(): Record<string, KeyDeclaration> {
  return (readProjectFile() as { config: Record<string, KeyDeclaration> }).config;
}
