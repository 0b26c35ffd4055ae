import gremlin from "gremlin";
import type { GraphClient } from "#lambdas/graph/driver/graph-client.ts";
import { connectionVertexId, tickerVertexId } from "#lambdas/graph/queries/graph-ids.ts";
import { asEdge, asVertex } from "#lambdas/graph/queries/upsert.ts";
import type { Ticker } from "#protocol/quote.ts";

const { statics: __ } = gremlin.process;
const BATCH_SIZE = 10_000;

/** Creates `count` connections that watch `ticker`, in batches: one by one would take minutes. */
export async function seedWatchers(client: GraphClient, ticker: Ticker, count: number): Promise<void> {
  const g = gremlin.process.traversal().withGraph(new gremlin.structure.Graph());
  for (let from = 0; from < count; from += BATCH_SIZE) {
    const rows = Array.from({ length: Math.min(BATCH_SIZE, count - from) }, (_, n) => {
      const id = `seed-${from + n}=`;
      return new Map([
        ["connection", asVertex({ label: "Connection", id: connectionVertexId(id) })],
        ["ticker", asVertex({ label: "Ticker", id: tickerVertexId(ticker) })],
        ["edge", asEdge("watching", connectionVertexId(id), tickerVertexId(ticker))],
      ]);
    });
    const part = (name: string) => __.select("row").select(name);
    await client.write(
      g
        .inject(rows)
        .unfold()
        .as("row")
        .mergeV(part("connection"))
        .mergeV(part("ticker"))
        .mergeE(part("edge"))
        .count(),
    );
  }
}
