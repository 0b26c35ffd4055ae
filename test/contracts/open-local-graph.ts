import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGremlinServer } from "../../local/graph/gremlin-server.ts";
import { openGraph } from "../flows/graph.ts";

/** A real Gremlin Server of its own, with an empty graph, and what asks it. */
export interface LocalGraph
  extends AsyncDisposable,
    Pick<ReturnType<typeof openGraph>, "client" | "subscriptions"> {
  readonly url: string;
}

export async function openLocalGraph(): Promise<LocalGraph> {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "ticker-watch-graph-"));
  opened.defer(() => rm(directory, { recursive: true }));
  const { url } = opened.use(await startGremlinServer({ directory }));
  const { client, subscriptions } = opened.use(openGraph(url));
  const resources = opened.move();
  return { url, client, subscriptions, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
