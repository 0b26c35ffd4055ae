import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The file name of the Gremlin Server settings, which it writes to `directory`.
 * https://tinkerpop.apache.org/docs/3.7.5/reference/#_configuring_2
 */
export async function writeServerFiles(directory: string, port: number): Promise<string> {
  await writeFile(join(directory, "graph.properties"), GRAPH);
  // JSON is valid YAML.
  await writeFile(join(directory, "server.yaml"), JSON.stringify(server(port), null, 2));
  return "server.yaml";
}

/** String ids and cardinality `set`, as on Neptune, so that a missing `single` fails locally too. */
const GRAPH = `gremlin.graph=org.apache.tinkerpop.gremlin.tinkergraph.structure.TinkerTransactionGraph
gremlin.tinkergraph.vertexIdManager=ANY
gremlin.tinkergraph.edgeIdManager=ANY
gremlin.tinkergraph.defaultVertexPropertyCardinality=set
`;

const server = (port: number) => ({
  host: "127.0.0.1",
  port,
  channelizer: "org.apache.tinkerpop.gremlin.server.channel.WebSocketChannelizer",
  // Neptune has 120 s, but waits at most 60 s for a lock; queries usually set a shorter timeout.
  evaluationTimeout: 60_000,
  // As on Neptune: requests up to 150 MB, and 64 results per frame by default.
  maxContentLength: 150 * 1024 * 1024,
  resultIterationBatchSize: 64,
  // A slowly read result stream occupies a thread; the default is one per core.
  gremlinPool: 16,
  graphs: { graph: "graph.properties" },
  // The launcher adds the key store.
  ssl: {
    enabled: true,
    keyStoreType: "PKCS12",
    trustStoreType: "PKCS12",
    needClientAuth: "REQUIRE",
    refreshInterval: 0,
  },
  // Without GraphSON, the server would send binary errors to GraphSON clients, which fail to parse them.
  serializers: [
    { className: "org.apache.tinkerpop.gremlin.util.ser.GraphSONMessageSerializerV3" },
    { className: "org.apache.tinkerpop.gremlin.util.ser.GraphBinaryMessageSerializerV1" },
  ],
});
