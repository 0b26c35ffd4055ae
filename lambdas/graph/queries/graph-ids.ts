import { isName, parseTicker, type Ticker } from "#protocol/quote.ts";
import { isUserId } from "#protocol/user-id.ts";

/*
 * Vertices and edges have assigned ids, so that every write is an upsert by id. An edge id contains the ids of both vertices,
 * so that reading watchers reads no vertex.
 */
const SEPARATOR = "|";

/** The entity of a vertex. */
export type Node =
  | { readonly kind: "connection"; readonly id: string }
  | { readonly kind: "user"; readonly id: string }
  | { readonly kind: "basket"; readonly name: string }
  | { readonly kind: "ticker"; readonly ticker: Ticker };

export const connectionVertexId = (connectionId: string): string => `connection:${connectionId}`;
/** Percent-encoded, because a user id may contain {@link SEPARATOR}. Letters, digits and `. _ -` are not encoded. */
export const userVertexId = (userId: string): string => `user:${encodeURIComponent(userId)}`;
export const basketVertexId = (basketName: string): string => `basket:${basketName}`;
export const tickerVertexId = (ticker: Ticker): string => `ticker:${ticker}`;

/** The id of the edge between two vertices. It needs no label: each pair of kinds has only one. */
export const edgeId = (fromVertexId: string, toVertexId: string): string =>
  fromVertexId + SEPARATOR + toVertexId;

/** The entity of a vertex id; `undefined` for an id that this module does not write. */
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
      // `ticker:aapl` is another vertex than `ticker:AAPL`.
      return ticker !== undefined && tickerVertexId(ticker) === vertexId
        ? { kind: "ticker", ticker }
        : undefined;
    }
    default:
      return undefined;
  }
}

/** `undefined` for an encoding that {@link userVertexId} does not write, so that no user has two vertex ids. */
function decodeUserId(encoded: string): string | undefined {
  try {
    const id = decodeURIComponent(encoded);
    return isUserId(id) && encodeURIComponent(id) === encoded ? id : undefined;
  } catch {
    return undefined;
  }
}

/** The entities at both ends of an edge; `undefined` for an id that this module does not write. */
export function endsOf(edgeId: string): readonly [from: Node, to: Node] | undefined {
  const [from = "", to = "", ...rest] = edgeId.split(SEPARATOR);
  const ends = [nodeOf(from), nodeOf(to)] as const;
  return rest.length === 0 && ends[0] && ends[1] ? [ends[0], ends[1]] : undefined;
}
