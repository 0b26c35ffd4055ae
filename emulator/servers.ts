import { join } from "node:path";
import { type Certificate, createCertificate } from "./neptune/certificate.ts";
import { type GremlinServer, startGremlinServer } from "./neptune/gremlin-server.ts";
import { ACCOUNT_ID } from "./program/synthesize-outputs.ts";
import { type ElasticMq, startElasticMq } from "./sqs/elasticmq.ts";

export interface StartServersOptions {
  /** Receives the files and logs of the servers, in its folders `graph` and `queues`. */
  readonly directory: string;
  readonly region: string;
  /** Receives each line of the Gremlin Server log. */
  readonly onLog?: (line: string) => void;
  readonly onProgress?: (line: string) => void;
}

/** The servers behind Neptune and SQS. They require the client certificate `certificate`, which the auth proxies and tests have. */
export interface Servers extends AsyncDisposable {
  readonly graph: GremlinServer;
  /** Shared by both servers, their clients and the auth proxies of the graph. */
  readonly certificate: Certificate;
  readonly queues: ElasticMq;
}

/**
 * An empty Gremlin Server and an empty ElasticMQ, started in parallel. Disposing ends both.
 * @throws {Error} when Java or Maven is missing, or a server does not start; the other one is then ended.
 */
export async function startServers(options: StartServersOptions): Promise<Servers> {
  const { region, onLog = () => {}, onProgress = () => {} } = options;
  const graphFolder = join(options.directory, "graph");
  const queuesFolder = join(options.directory, "queues");
  await using started = new AsyncDisposableStack();
  // allSettled, so that the failure of one server ends the other one.
  const certificateMade = createCertificate(join(graphFolder, "certificate"));
  const [graph, queues, certificate] = await Promise.allSettled([
    startGremlinServer({ directory: graphFolder, certificate: certificateMade, onLog, onProgress }),
    startElasticMq({
      directory: queuesFolder,
      region,
      accountId: ACCOUNT_ID,
      certificate: certificateMade,
      onProgress,
    }),
    certificateMade,
  ]);
  for (const server of [graph, queues]) if (server.status === "fulfilled") started.use(server.value);
  const servers = {
    graph: settledValue(graph),
    queues: settledValue(queues),
    certificate: settledValue(certificate),
  };
  const resources = started.move();
  return { ...servers, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

function settledValue<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "fulfilled") return settled.value;
  throw settled.reason;
}
