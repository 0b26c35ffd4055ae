import { GraphClient } from "../../lambdas/subscriptions/graph-client.ts";
import { GremlinSubscriptions } from "../../lambdas/subscriptions/gremlin-subscriptions.ts";
import type { Subscriptions } from "../../lambdas/subscriptions/subscriptions.ts";

/** The subscriptions in a local Gremlin Server, asked from the test itself; nothing to sign there. */
export function openGraph(
  url: string,
): AsyncDisposable & { readonly subscriptions: Subscriptions; readonly client: GraphClient } {
  const client = new GraphClient({ url, signHandshake: async () => ({}) });
  return {
    client,
    subscriptions: new GremlinSubscriptions(client),
    [Symbol.asyncDispose]: () => client.close(),
  };
}
