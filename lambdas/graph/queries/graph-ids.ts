import { isName, parseTicker, type Ticker } from "#protocol/quote.ts";
import { isUserId } from "#protocol/user-id.ts";

/*
 * Vertices and edges have ids of our own, so that every write is an upsert on an id, and an edge's id alone tells both
 * its ends: reading watchers needs no vertex.
 */
const BETWEEN = "|";

/** What a vertex stands for. */
export type Node =
  | { readonly kind: "connection"; readonly id: string }
  | { readonly kind: "user"; readonly id: string }
  | { readonly kind: "basket"; readonly name: string }
  | { readonly kind: "ticker"; readonly ticker: Ticker };

export const connectionVertexId = (connectionId: string): string => `connection:${connectionId}`;
/** Percent-encoded: a user id may contain {@link BETWEEN}. Letters, digits and `. _ -` stay as they are. */
export const userVertexId = (userId: string): string => `user:${encodeURIComponent(userId)}`;
export const basketVertexId = (basketName: string): string => `basket:${basketName}`;
export const tickerVertexId = (ticker: Ticker): string => `ticker:${ticker}`;

/** The id of the one edge between two vertices: no two of our labels join the same pair of kinds. */
export const edgeId = (fromVertexId: string, toVertexId: string): string =>
  fromVertexId + BETWEEN + toVertexId;

/** What a vertex id stands for; `undefined` when it is none of ours. */
export function nodeOf(vertexId: string): Node | undefined {
  const colon = vertexId.indexOf(":");
  const name = vertexId.slice(colon + 1);
  switch (vertexId.slice(0, Math.max(0, colon))) {
    case "connection":
      return { kind: "connection", id: name };
    case "user": {
      const id = decodeUserId(name);
      return id === undefined ? undefined : { kind: "user", id };
    }
    case "basket":
      return isName(name) ? { kind: "basket", name } : undefined;
    case "ticker": {
      const ticker = parseTicker(name);
      // `ticker:aapl` is not ours: read as AAPL it would stand for another vertex.
      return ticker !== undefined && tickerVertexId(ticker) === vertexId
        ? { kind: "ticker", ticker }
        : undefined;
    }
    default:
      return undefined;
  }
}

/** `undefined` for every text that {@link userVertexId} does not write, so that no user has two ids. */
function decodeUserId(encoded: string): string | undefined {
  try {
    const id = decodeURIComponent(encoded);
    return isUserId(id) && encodeURIComponent(id) === encoded ? id : undefined;
  } catch {
    return undefined;
  }
}

/** What an edge id joins, or `undefined` when it is none of ours. */
export function endsOf(edgeId: string): readonly [from: Node, to: Node] | undefined {
  const [from = "", to = "", ...rest] = edgeId.split(BETWEEN);
  const ends = [nodeOf(from), nodeOf(to)] as const;
  return rest.length === 0 && ends[0] && ends[1] ? [ends[0], ends[1]] : undefined;
}
