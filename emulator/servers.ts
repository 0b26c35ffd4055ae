import { join } from "node:path";
import { type Certificate, makeCertificate } from "./neptune/certificate.ts";
import { type GremlinServer, startGremlinServer } from "./neptune/gremlin-server.ts";
import { ACCOUNT_ID } from "./program/invent-outputs.ts";
import { type ElasticMq, startElasticMq } from "./sqs/elasticmq.ts";

export interface StartServersOptions {
  /** For the servers' files and logs, in the folders `graph` and `queues`. */
  readonly directory: string;
  readonly region: string;
  /** Takes each line of the graph's log. */
  readonly onLog?: (line: string) => void;
  readonly onProgress?: (line: string) => void;
}

/** What stands for Neptune and for SQS. They admit the holders of `certificate` only: the stack's proxies, and tests. */
export interface Servers extends AsyncDisposable {
  readonly graph: GremlinServer;
  /** Of both servers, of their clients, and of the proxies in front of the graph. */
  readonly certificate: Certificate;
  readonly queues: ElasticMq;
}

/**
 * Starts a Gremlin Server and an ElasticMQ, both empty, which is what takes longest of a stack's start. Disposing of them ends both.
 * @throws {Error} when Java or Maven is missing, or one does not start: then neither is left.
 */
export async function startServers(options: StartServersOptions): Promise<Servers> {
  const { region, onLog = () => {}, onProgress = () => {} } = options;
  const graphFolder = join(options.directory, "graph");
  const queuesFolder = join(options.directory, "queues");
  await using started = new AsyncDisposableStack();
  // Each is waited for, so that one which fails leaves none behind.
  const making = makeCertificate(join(graphFolder, "certificate"));
  const [graph, queues, certificate] = await Promise.allSettled([
    startGremlinServer({ directory: graphFolder, certificate: making, onLog, onProgress }),
    startElasticMq({
      directory: queuesFolder,
      region,
      accountId: ACCOUNT_ID,
      certificate: making,
      onProgress,
    }),
    making,
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
