import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import type { GremlinServer } from "#emulator/neptune/gremlin-server.ts";
import { GraphClient, type GraphClientOptions } from "#lambdas/graph/driver/graph-client.ts";
import { GremlinSubscriptions } from "#lambdas/graph/gremlin-subscriptions.ts";
import type { Subscriptions } from "#lambdas/graph/subscriptions.ts";

export type GraphTarget = Pick<GremlinServer, "port" | "tls">;

/** The graph client of the Lambdas, connected to a local Gremlin Server without the auth proxy. */
export function openGraph(
  server: GraphTarget,
  options: Partial<GraphClientOptions> = {},
): AsyncDisposable & { readonly subscriptions: Subscriptions; readonly client: GraphClient } {
  const bridge = openBridge(server);
  const client = new GraphClient({
    url: bridge.url,
    async signHandshake() {
      await bridge.isListening;
      return {};
    },
    ...options,
  });
  return {
    client,
    subscriptions: new GremlinSubscriptions(client),
    async [Symbol.asyncDispose]() {
      await client.close();
      bridge.close();
    },
  };
}

/** A Unix socket to the server, because the graph client has no option for the certificate that the server requires. */
function openBridge({ port, tls }: GraphTarget) {
  // `mkdtemp` creates the folder with mode 0700.
  const folder = mkdtempSync(join(tmpdir(), "graph-"));
  const path = join(folder, "socket");
  const sockets = new Set<Socket>();
  const bridge = createServer((near) => {
    const far = connect({ ...tls, port, host: "127.0.0.1" });
    near.pipe(far).pipe(near);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("error", () => {});
      from.once("close", () => to.destroy());
    }
    sockets.add(near);
    near.once("close", () => sockets.delete(near));
  });
  bridge.listen(path);
  return {
    url: `ws+unix:${path}:/gremlin`,
    isListening: once(bridge, "listening"),
    close() {
      for (const socket of sockets) socket.destroy();
      bridge.close();
      rmSync(folder, { recursive: true });
    },
  };
}
