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

// Addresses first: the functions are told of them.
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
/** For those who tell watchers: few of them at once, many by the queue. */
const toWatchers = {
  SQS_ENDPOINT: queues.endpoint,
  NOTIFY_PAGE_QUEUE_URL: queues.page.url,
  DIRECT_WATCHERS: String(config.directWatchers),
};

// Authorize: a token → whether its holder may connect, or publish. Outside of the VPC, where other issuers can be reached.
const tokens = new Tokens("tokens", config.tokens);
const authorize = new LambdaFunction("authorize", {
  description: "Says by a token who may watch and who may publish",
  entry: "lambdas/authorize/handler.ts",
  environment: tokens.verifier,
  statements: [],
  timeoutSeconds: 10,
  memoryMb: 512,
  concurrency: 0,
  logRetentionDays,
});

// Watch: browser → WebSocket API → an edge in the graph → the last prices, on the same socket.
const watch = new LambdaFunction("watch", {
  ...inVpc,
  description: "Records who watches what, and answers with the last prices",
  entry: "lambdas/watch/handler.ts",
  environment: {
    GRAPH_URL,
    CONNECTIONS_URL,
    PAGE_ORIGIN,
    USER_ACCESS: config.access.user,
    ...tokens.ownVerifier,
  },
  // It posts to the other connections of a user, and takes leave of one that the graph does not know.
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

// Publish: curl → HTTP API → the ticker's new price in the graph → its watchers → a post to each, or pages of them to a queue.
const publish = new LambdaFunction("publish", {
  ...inVpc,
  description: "Stores prices and tells whoever watches them",
  entry: "lambdas/publish/handler.ts",
  environment: {
    GRAPH_URL,
    CONNECTIONS_URL,
    PAGE_ORIGIN,
    ...toWatchers,
    POWERTOOLS_METRICS_NAMESPACE: pulumi.getProject(),
  },
  statements: [
    graph.allow(["Read", "Write", "Delete"]),
    watchApi.allowConnections(["POST", "DELETE"]),
    queues.allowSend(),
  ],
  timeoutSeconds: 29,
  // One whole CPU: past a few dozen watchers it is the signing of posts that takes the time.
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

// Notify: queues, of pages and of what other systems send → a post to each connection.
const notify = new LambdaFunction("notify", {
  ...inVpc,
  description: "Sends what is in the queues to the connections that it is for",
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

// Sweep: every hour → connections that must have ended leave the graph, because $disconnect comes at best effort.
const sweep = new LambdaFunction("sweep", {
  ...inVpc,
  description: "Forgets connections that must have ended",
  entry: "lambdas/sweep/handler.ts",
  environment: { GRAPH_URL },
  statements: [graph.allow(["Read", "Delete"])],
  timeoutSeconds: 60,
  memoryMb: 256,
  concurrency: 0,
});
new FunctionSchedule("sweep-hourly", {
  description: "Forgets connections that must have ended",
  handler: sweep,
  expression: "rate(1 hour)",
});

// Operate: whoever may invoke it → baskets in the graph → what has changed, to whoever watches.
const operate = new LambdaFunction("operate", {
  ...inVpc,
  description: "Does what an operator asks for, such as setting what a basket includes",
  entry: "lambdas/operate/handler.ts",
  environment: { GRAPH_URL, CONNECTIONS_URL, ...toWatchers },
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
  // Not authorize: whoever comes without a token makes an error of it, which is how it asks for a 401.
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
/** Lets its holder publish. */
export const publishToken = tokens.publishToken;
/** Makes tokens: `npm run ticker -- token`. */
export const signingKey = tokens.signingKey;
export const functionNames = {
  authorize: authorize.functionName,
  watch: watch.functionName,
  publish: publish.functionName,
  notify: notify.functionName,
  sweep: sweep.functionName,
  operate: operate.functionName,
};
