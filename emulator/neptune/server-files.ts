import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes what Gremlin Server reads into `directory`, and returns the name of the file to start it with.
 *
 * @see https://tinkerpop.apache.org/docs/3.7.5/reference/#_configuring_2
 */
export async function writeServerFiles(directory: string, port: number): Promise<string> {
  await writeFile(join(directory, "graph.properties"), GRAPH);
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
  // The launcher adds the key store. Nothing is read from a client before it has shown its certificate.
  ssl: {
    enabled: true,
    keyStoreType: "PKCS12",
    trustStoreType: "PKCS12",
    needClientAuth: "REQUIRE",
    refreshInterval: 0,
  },
  // Without GraphSON the server words its errors in binary even to a client of GraphSON, which dies of it.
  serializers: [
    { className: "org.apache.tinkerpop.gremlin.util.ser.GraphSONMessageSerializerV3" },
    { className: "org.apache.tinkerpop.gremlin.util.ser.GraphBinaryMessageSerializerV1" },
  ],
});
