import { fromEnv } from "@aws-sdk/credential-provider-env";
import { ApiGatewayConnections } from "./connections/api-gateway-connections.ts";
import type { Ports } from "./connections/deliver.ts";
import { readEnvironment } from "./environment.ts";
import { GraphClient } from "./subscriptions/graph-client.ts";
import { GremlinSubscriptions } from "./subscriptions/gremlin-subscriptions.ts";
import { signHandshake } from "./subscriptions/sign-handshake.ts";

/** What a Lambda that answers browsers or publishers starts with. */
export interface Opened {
  readonly ports: Ports;
  /** The one origin whose pages are answered, `https://{host}`. */
  readonly pageOrigin: string;
}

/**
 * The graph and the sockets that the Lambda's environment names, both signed for with its own credentials. Neither is
 * connected to before it is first asked.
 * @throws {EnvironmentError} when a variable is missing or useless.
 */
export function openPorts(): Opened {
  const { GRAPH_URL, CONNECTIONS_URL, PAGE_ORIGIN, AWS_REGION } = readEnvironment([
    "GRAPH_URL",
    "CONNECTIONS_URL",
    "PAGE_ORIGIN",
    "AWS_REGION",
  ]);
  const signer = { region: AWS_REGION, credentials: fromEnv() };
  const graph = new GraphClient({ url: GRAPH_URL, signHandshake: (url) => signHandshake(url, signer) });
  return {
    ports: {
      subscriptions: new GremlinSubscriptions(graph),
      connections: new ApiGatewayConnections(CONNECTIONS_URL),
    },
    pageOrigin: PAGE_ORIGIN,
  };
}
