import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGremlinServer } from "#emulator/neptune/gremlin-server.ts";
import { type GraphTarget, openGraph } from "./graph.ts";

/** A separate Gremlin Server with an empty graph, and its client. */
export interface LocalGraph
  extends AsyncDisposable,
    GraphTarget,
    Pick<ReturnType<typeof openGraph>, "client" | "subscriptions"> {}

export async function openLocalGraph(): Promise<LocalGraph> {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "ticker-watch-graph-"));
  opened.defer(() => rm(directory, { recursive: true }));
  const { port, tls } = opened.use(await startGremlinServer({ directory }));
  const { client, subscriptions } = opened.use(openGraph({ port, tls }));
  const resources = opened.move();
  return { port, tls, client, subscriptions, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
