import { fromEnv } from "@aws-sdk/credential-provider-env";
import { ApiGatewayConnections } from "./connections/api-gateway-connections.ts";
import type { Connections } from "./connections/connections.ts";
import { readEnvironment } from "./environment.ts";
import { GraphClient } from "./graph/driver/graph-client.ts";
import { signHandshake } from "./graph/driver/sign-handshake.ts";
import { GremlinSubscriptions } from "./graph/gremlin-subscriptions.ts";
import type { Subscriptions } from "./graph/subscriptions.ts";

/*
 * The ports of a Lambda, configured by its environment and signed with its credentials. They connect on first use, and throw
 * an EnvironmentError when a variable is missing or invalid.
 */

/** The graph at `GRAPH_URL`. */
export function openSubscriptions(): Subscriptions {
  const { GRAPH_URL, AWS_REGION } = readEnvironment(["GRAPH_URL", "AWS_REGION"]);
  const signer = { region: AWS_REGION, credentials: fromEnv() };
  const graph = new GraphClient({ url: GRAPH_URL, signHandshake: (url) => signHandshake(url, signer) });
  return new GremlinSubscriptions(graph);
}

/** The connections of the WebSocket API at `CONNECTIONS_URL`. */
export function openConnections(): Connections {
  const { CONNECTIONS_URL } = readEnvironment(["CONNECTIONS_URL"]);
  return new ApiGatewayConnections(CONNECTIONS_URL);
}

/** The origin of the watch page, `https://{host}`, from `PAGE_ORIGIN`. */
export function readPageOrigin(): string {
  return readEnvironment(["PAGE_ORIGIN"]).PAGE_ORIGIN;
}
