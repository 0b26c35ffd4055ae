import { fromEnv } from "@aws-sdk/credential-provider-env";
import { GraphClient } from "./graph-client.ts";
import { GremlinSubscriptions } from "./gremlin-subscriptions.ts";
import { signHandshake } from "./sign-handshake.ts";
import type { Subscriptions } from "./subscriptions.ts";

/**
 * The subscriptions in the graph at `graphUrl` (`wss://{host}:{port}/gremlin`), signed with the Lambda's own credentials.
 * Connects with the first question, not before.
 */
export function openSubscriptions(graphUrl: string, region: string): Subscriptions {
  const signer = { region, credentials: fromEnv() };
  return new GremlinSubscriptions(
    new GraphClient({ url: graphUrl, signHandshake: (url) => signHandshake(url, signer) }),
  );
}
