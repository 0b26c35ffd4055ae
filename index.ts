import { readConfig } from "./infra/config.ts";
import { GraphDatabase } from "./infra/graph-database.ts";
import { LambdaFunction } from "./infra/lambda-function.ts";
import { Network } from "./infra/network.ts";
import { PublishApi } from "./infra/publish-api.ts";
import { WatchApi, WatchRoutes } from "./infra/watch-api.ts";
import { PageSettings, WatchPage } from "./infra/watch-page.ts";

const config = readConfig();
const { stage, logRetentionDays } = config;

const network = new Network("network", { cidrBlock: config.vpcCidrBlock });
const graph = new GraphDatabase("graph", { network, logRetentionDays, ...config.graph });

// Addresses first: the functions are told of them.
const watchApi = new WatchApi("stock-watch", { stage });
const page = new WatchPage("watch-page", { watchUrl: watchApi.url });

const inVpc = {
  subnetIds: network.subnetIds,
  securityGroupId: network.lambdaSecurityGroupId,
  logRetentionDays,
};
const environment = {
  GRAPH_URL: graph.url,
  CONNECTIONS_URL: watchApi.connectionsUrl,
  PAGE_ORIGIN: page.url,
};

// Watch: browser → WebSocket API → an edge in the graph → the last prices, on the same socket.
const watch = new LambdaFunction("watch", {
  ...inVpc,
  description: "Records who watches which ticker, and answers with the last prices",
  entry: "lambdas/watch/handler.ts",
  environment,
  // To post and close is how it takes leave of a connection that the graph does not know.
  statements: [graph.allow(["Read", "Write", "Delete"]), watchApi.allowConnections(["POST", "DELETE"])],
  timeoutSeconds: 28,
  memoryMb: 512,
  concurrency: config.concurrency.watch,
});
new WatchRoutes("stock-watch-routes", {
  api: watchApi,
  handler: watch,
  throttle: config.watchThrottle,
  accessLog: config.watchAccessLog,
  logRetentionDays,
});

// Publish: curl → HTTP API → the ticker's new price in the graph → its watchers → a post to each.
const publish = new LambdaFunction("publish", {
  ...inVpc,
  description: "Stores prices and tells whoever watches them",
  entry: "lambdas/publish/handler.ts",
  environment,
  statements: [graph.allow(["Read", "Write", "Delete"]), watchApi.allowConnections(["POST", "DELETE"])],
  timeoutSeconds: 29,
  // One whole CPU: past a few dozen watchers it is the signing of posts that takes the time.
  memoryMb: 1769,
  concurrency: config.concurrency.publish,
});
const publishApi = new PublishApi("stock-publish", {
  stage,
  handler: publish,
  pageOrigin: page.url,
  throttle: config.publishThrottle,
  logRetentionDays,
});

new PageSettings("page-settings", { page, watchUrl: watchApi.url, publishUrl: publishApi.url });

export const watchUrl = watchApi.url;
export const publishUrl = publishApi.url;
export const pageUrl = page.url;
export const connectionsUrl = watchApi.connectionsUrl;
export const functionNames = { watch: watch.functionName, publish: publish.functionName };
