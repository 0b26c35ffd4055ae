import { writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface ServerFiles {
  readonly port: number;
  /** A second name for the traversal source `g`, that no other server knows. */
  readonly alias: string;
}

/**
 * Writes what Gremlin Server reads into `directory`, and returns the name of the file to start it with.
 *
 * @see https://tinkerpop.apache.org/docs/3.7.5/reference/#_configuring_2
 */
export async function writeServerFiles(directory: string, { port, alias }: ServerFiles): Promise<string> {
  await writeFile(join(directory, "graph.properties"), GRAPH);
  await writeFile(join(directory, "globals.groovy"), globals(alias));
  // JSON is YAML.
  await writeFile(join(directory, "server.yaml"), JSON.stringify(server(port), null, 2));
  return "server.yaml";
}

/** String ids, as on Neptune; and its default cardinality, so that a forgotten `single` fails here. */
const GRAPH = `gremlin.graph=org.apache.tinkerpop.gremlin.tinkergraph.structure.TinkerTransactionGraph
gremlin.tinkergraph.vertexIdManager=ANY
gremlin.tinkergraph.edgeIdManager=ANY
gremlin.tinkergraph.defaultVertexPropertyCardinality=set
`;

/**
 * The strategy makes the server return elements without their properties, as Neptune does. The request option
 * `materializeProperties` would do so too, but a client must not send it: Neptune does not know it.
 */
const globals = (
  alias: string,
) => `def g = traversal().withEmbedded(graph).withStrategies(ReferenceElementStrategy)
[g: g, ${alias}: g]
`;

const server = (port: number) => ({
  host: "127.0.0.1",
  port,
  channelizer: "org.apache.tinkerpop.gremlin.server.channel.WebSocketChannelizer",
  // Neptune's default is 120 s, but it waits 60 s at the most for a lock; a query of ours is given its own time.
  evaluationTimeout: 60_000,
  // Neptune takes requests of up to 150 MB, and sends 64 results a frame unless the request says otherwise.
  maxContentLength: 150 * 1024 * 1024,
  resultIterationBatchSize: 64,
  // A stream that its reader is slow to take holds a thread: the default, one a core, would be two of them.
  gremlinPool: 16,
  graphs: { graph: "graph.properties" },
  scriptEngines: {
    "gremlin-groovy": {
      plugins: {
        "org.apache.tinkerpop.gremlin.server.jsr223.GremlinServerGremlinPlugin": {},
        "org.apache.tinkerpop.gremlin.tinkergraph.jsr223.TinkerGraphGremlinPlugin": {},
        "org.apache.tinkerpop.gremlin.jsr223.ScriptFileGremlinPlugin": { files: ["globals.groovy"] },
      },
    },
  },
  // Without GraphSON the server words its errors in binary even to a client of GraphSON, which dies of it.
  serializers: [
    { className: "org.apache.tinkerpop.gremlin.util.ser.GraphSONMessageSerializerV3" },
    { className: "org.apache.tinkerpop.gremlin.util.ser.GraphBinaryMessageSerializerV1" },
  ],
});
