import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ListQueuesCommand } from "@aws-sdk/client-sqs";
import { fetchJars } from "../java/jars.ts";
import { JavaProcess, requireJava } from "../java/java-process.ts";
import { type Certificate, type ClientTls, clientTls, makeCertificate } from "../neptune/certificate.ts";
import { openServerClient } from "./queue-client.ts";

const READY_LIMIT_MS = 30_000;

export interface ElasticMqOptions {
  /** For the server's log; made when it does not exist. */
  readonly directory: string;
  /** What the ARNs of its queues say. */
  readonly region: string;
  readonly accountId: string;
  /** Of the server and of its clients. Default: a new one in `directory`. */
  readonly certificate?: Promise<Certificate>;
  /** Takes each line that the server prints. */
  readonly onLog?: (line: string) => void;
  /** Takes a line when the server has to be fetched first. */
  readonly onProgress?: (line: string) => void;
}

export interface ElasticMq extends AsyncDisposable {
  /** `https://127.0.0.1:{port}`, which speaks the API of Amazon SQS. */
  readonly url: string;
  /** What a client needs to be admitted. */
  readonly tls: ClientTls;
  /** The start of the queue URLs that it returns. ElasticMQ writes `http` there although it serves HTTPS only. */
  readonly queueUrlOrigin: string;
  /** Resolves when the server has ended, also by itself, to a clause that says how. */
  readonly exited: Promise<string>;
}

/**
 * ElasticMQ on a free port of 127.0.0.1, without queues. Takes about a second. It stores everything in memory only. Clients
 * authenticate by mutual TLS: ElasticMQ checks no signature, and serves some actions without the context path that it can be given.
 * @throws {Error} when Java or Maven is missing, or with the end of the server's log when it does not start.
 */
export async function startElasticMq(options: ElasticMqOptions): Promise<ElasticMq> {
  const { directory, region, accountId, onLog } = options;
  const [jars] = await Promise.all([fetchJars("elasticmq", options), requireJava()]);
  await mkdir(directory, { recursive: true });

  const started = Promise.withResolvers<number>();
  const server = new JavaProcess({
    name: "elasticmq",
    jars,
    mainClass: "LaunchElasticMq",
    args: [region, accountId],
    heapMb: 256,
    directory,
    onLog(line) {
      onLog?.(line);
      // It binds a free port by itself and says which: so it is this process that answers there, and no other.
      const [, port] = /Started SQS rest server, bind address 127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (port) started.resolve(Number(port));
    },
  });
  await using resources = new AsyncDisposableStack();
  resources.use(server);
  // The server loads its classes while keytool runs.
  const certificate = await (options.certificate ?? makeCertificate(join(directory, "certificate")));
  server.endInput(`${certificate.keyStorePath}\n${certificate.passphrase}\n`);
  const tls = clientTls(certificate);
  const stopWaiting = new AbortController();
  const outcome = await Promise.race([
    started.promise.then((port) => whenAnswered({ url: `https://127.0.0.1:${port}`, tls }, region)),
    server.exited,
    delay(READY_LIMIT_MS, `did not answer within ${READY_LIMIT_MS / 1000} s`, { signal: stopWaiting.signal }),
  ]);
  stopWaiting.abort();
  if (typeof outcome === "object") {
    resources.move();
    const queueUrlOrigin = outcome.url.replace("https:", "http:");
    const dispose = () => server[Symbol.asyncDispose]();
    return { ...outcome, queueUrlOrigin, exited: server.exited, [Symbol.asyncDispose]: dispose };
  }
  await server[Symbol.asyncDispose]();
  throw server.failure(`Expected ElasticMQ to start, but: ${outcome}`);
}

/** Resolves to `server` when it has answered a real request; to what went wrong when it has not. */
async function whenAnswered(
  server: Pick<ElasticMq, "url" | "tls">,
  region: string,
): Promise<Pick<ElasticMq, "url" | "tls"> | string> {
  const client = openServerClient(server, region);
  try {
    await client.send(new ListQueuesCommand({}));
    return server;
  } catch (error) {
    return `did not answer: ${error}`;
  } finally {
    client.destroy();
  }
}
