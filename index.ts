import * as pulumi from "@pulumi/pulumi";
import { readConfig } from "#infra/config.ts";
import { FunctionSchedule } from "#infra/function-schedule.ts";
import { GraphDatabase } from "#infra/graph-database.ts";
import { LambdaFunction } from "#infra/lambda-function.ts";
import { Monitoring } from "#infra/monitoring.ts";
import { Network } from "#infra/network.ts";
import { NotificationDelivery, NotificationQueues } from "#infra/notification-queues.ts";
import { PublishApi } from "#infra/publish-api.ts";
import { Tokens } from "#infra/tokens.ts";
import { WatchApi, WatchRoutes } from "#infra/watch-api.ts";
import { PageSettings, WatchPage } from "#infra/watch-page.ts";

const config = readConfig();
const { stage, logRetentionDays } = config;

const network = new Network("network", { cidrBlock: config.vpcCidrBlock });
const graph = new GraphDatabase("graph", { network, logRetentionDays, ...config.graph });

// URLs first: the functions need them in their environment.
const watchApi = new WatchApi("stock-watch", { stage });
const page = new WatchPage("watch-page", { watchUrl: watchApi.url });
const notifyTimeoutSeconds = 30;
const queues = new NotificationQueues("notify", { consumerTimeoutSeconds: notifyTimeoutSeconds });

const inVpc = {
  vpc: { subnetIds: network.subnetIds, securityGroupId: network.lambdaSecurityGroupId },
  logRetentionDays,
};
const GRAPH_URL = graph.url;
const CONNECTIONS_URL = watchApi.connectionsUrl;
const PAGE_ORIGIN = page.url;
/** Fan-out settings: direct below the threshold, queued above. */
const fanOut = {
  SQS_ENDPOINT: queues.endpoint,
  NOTIFY_PAGE_QUEUE_URL: queues.page.url,
  DIRECT_WATCHERS: String(config.directWatchers),
};

// Authorize: token → allow or deny $connect or publish. Outside the VPC, to reach other issuers.
const tokens = new Tokens("tokens", config.tokens);
const authorize = new LambdaFunction("authorize", {
  description: "Lambda authorizer for both APIs (JWT)",
  entry: "lambdas/authorize/handler.ts",
  environment: tokens.verifier,
  statements: [],
  timeoutSeconds: 10,
  memoryMb: 512,
  concurrency: 0,
  logRetentionDays,
});

// Watch: browser → WebSocket API → edge in the graph → last prices on the same socket.
const watch = new LambdaFunction("watch", {
  ...inVpc,
  description: "Stores subscriptions and returns the last prices",
  entry: "lambdas/watch/handler.ts",
  environment: {
    GRAPH_URL,
    CONNECTIONS_URL,
    PAGE_ORIGIN,
    USER_ACCESS: config.access.user,
    ...tokens.ownVerifier,
  },
  // Posts to the other connections of a user, and closes connections that are not in the graph.
  statements: [graph.allow(["Read", "Write", "Delete"]), watchApi.allowConnections(["POST", "DELETE"])],
  timeoutSeconds: 28,
  memoryMb: 512,
  concurrency: config.concurrency.watch,
});
new WatchRoutes("stock-watch-routes", {
  api: watchApi,
  handler: watch,
  authorizer: config.access.watch === "token" ? authorize : undefined,
  throttle: config.watchThrottle,
  accessLog: config.watchAccessLog,
  logRetentionDays,
});

// Publish: POST → HTTP API → new price in the graph → watchers → direct posts or the page queue.
const publish = new LambdaFunction("publish", {
  ...inVpc,
  description: "Stores prices and delivers them to their watchers",
  entry: "lambdas/publish/handler.ts",
  environment: {
    GRAPH_URL,
    CONNECTIONS_URL,
    PAGE_ORIGIN,
    ...fanOut,
    POWERTOOLS_METRICS_NAMESPACE: pulumi.getProject(),
  },
  statements: [
    graph.allow(["Read", "Write", "Delete"]),
    watchApi.allowConnections(["POST", "DELETE"]),
    queues.allowSend(),
  ],
  timeoutSeconds: 29,
  // One vCPU: signing the posts dominates from a few dozen watchers on.
  memoryMb: 1769,
  concurrency: config.concurrency.publish,
});
const publishApi = new PublishApi("stock-publish", {
  stage,
  handler: publish,
  authorizer: authorize,
  access: config.access.publish,
  pageOrigin: page.url,
  throttle: config.publishThrottle,
  logRetentionDays,
});

// Notify: queues (pages of recipients, notifications from other systems) → one post per connection.
const notify = new LambdaFunction("notify", {
  ...inVpc,
  description: "Delivers queued messages to WebSocket connections",
  entry: "lambdas/notify/handler.ts",
  environment: { GRAPH_URL, CONNECTIONS_URL },
  statements: [
    graph.allow(["Read", "Delete"]),
    watchApi.allowConnections(["POST", "DELETE"]),
    queues.allowReceive(),
  ],
  timeoutSeconds: notifyTimeoutSeconds,
  memoryMb: 1769,
  concurrency: 0,
});
new NotificationDelivery("notify-delivery", {
  queues,
  handler: notify,
  concurrency: config.concurrency.notify,
});

// Sweep: hourly schedule → deletes expired connections from the graph, because $disconnect is best effort.
const sweep = new LambdaFunction("sweep", {
  ...inVpc,
  description: "Deletes expired connections from the graph",
  entry: "lambdas/sweep/handler.ts",
  environment: { GRAPH_URL },
  statements: [graph.allow(["Read", "Delete"])],
  timeoutSeconds: 60,
  memoryMb: 256,
  concurrency: 0,
});
new FunctionSchedule("sweep-hourly", {
  description: "Deletes expired connections from the graph",
  handler: sweep,
  expression: "rate(1 hour)",
});

// Operate: Lambda Invoke → baskets in the graph → changes to their watchers.
const operate = new LambdaFunction("operate", {
  ...inVpc,
  description: "Admin operations, called by Lambda Invoke",
  entry: "lambdas/operate/handler.ts",
  environment: { GRAPH_URL, CONNECTIONS_URL, ...fanOut },
  statements: [
    graph.allow(["Read", "Write", "Delete"]),
    watchApi.allowConnections(["POST", "DELETE"]),
    queues.allowSend(),
  ],
  timeoutSeconds: 60,
  memoryMb: 512,
  concurrency: 0,
});

new Monitoring("monitoring", {
  // Not authorize: it throws to return 401 for a missing token, which counts as an error.
  functions: { watch, publish, notify, sweep, operate },
  watchApi,
  publishApi,
  queues,
  graph,
  alarmEmail: config.alarmEmail,
});

new PageSettings("page-settings", {
  page,
  watchUrl: watchApi.url,
  publishUrl: publishApi.url,
  access: config.access,
  userClaim: tokens.userClaim,
});

export const watchUrl = watchApi.url;
export const publishUrl = publishApi.url;
export const pageUrl = page.url;
export const connectionsUrl = watchApi.connectionsUrl;
export const notifyConnectionQueueUrl = queues.connection.url;
export const notifyUserQueueUrl = queues.user.url;
export const tokenIssuer = tokens.issuer;
/** Bearer token for publishing. */
export const publishToken = tokens.publishToken;
/** Signs tokens for `npm run ticker -- token`. */
export const signingKey = tokens.signingKey;
export const functionNames = {
  authorize: authorize.functionName,
  watch: watch.functionName,
  publish: publish.functionName,
  notify: notify.functionName,
  sweep: sweep.functionName,
  operate: operate.functionName,
};
