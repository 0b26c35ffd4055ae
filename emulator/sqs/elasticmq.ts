import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ListQueuesCommand } from "@aws-sdk/client-sqs";
import { fetchJars } from "../java/jars.ts";
import { JavaProcess, requireJava } from "../java/java-process.ts";
import { type Certificate, type ClientTls, clientTls, createCertificate } from "../neptune/certificate.ts";
import { openServerClient } from "./queue-client.ts";

const READY_LIMIT_MS = 30_000;

export interface ElasticMqOptions {
  /** Directory of the server log; created if missing. */
  readonly directory: string;
  /** Region in the queue ARNs. */
  readonly region: string;
  readonly accountId: string;
  /**
   * Certificate of the server and its clients.
   * @default a new one in `directory`
   */
  readonly certificate?: Promise<Certificate>;
  /** Called with each line of server output. */
  readonly onLog?: (line: string) => void;
  /** Called with one line when the server must be downloaded first. */
  readonly onProgress?: (line: string) => void;
}

export interface ElasticMq extends AsyncDisposable {
  /** `https://127.0.0.1:{port}`, an SQS endpoint. */
  readonly url: string;
  /** TLS options that clients must use. */
  readonly tls: ClientTls;
  /** Origin in the queue URLs that ElasticMQ returns: `http`, although it serves only HTTPS. */
  readonly queueUrlOrigin: string;
  /** Resolves to a description such as `elasticmq ended with exit code 1` when the process has exited. */
  readonly exited: Promise<string>;
}

/**
 * ElasticMQ on a free port of 127.0.0.1, without queues and in memory only. Starting takes about 1 s. Clients
 * authenticate by mutual TLS, because ElasticMQ verifies no signatures.
 * @throws {Error} when Java or Maven is missing, or with the end of the server log when it does not start.
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
      // ElasticMQ binds a free port and logs it, so no other process can be listening there.
      const [, port] = /Started SQS rest server, bind address 127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (port) started.resolve(Number(port));
    },
  });
  await using resources = new AsyncDisposableStack();
  resources.use(server);
  // Awaited after the start, so that the server loads its classes while keytool runs.
  const certificate = await (options.certificate ?? createCertificate(join(directory, "certificate")));
  server.endInput(`${certificate.keyStorePath}\n${certificate.passphrase}\n`);
  const tls = clientTls(certificate);
  const stopWaiting = new AbortController();
  const outcome = await Promise.race([
    started.promise.then((port) => waitUntilReady({ url: `https://127.0.0.1:${port}`, tls }, region)),
    server.exited,
    delay(READY_LIMIT_MS, `no response within ${READY_LIMIT_MS / 1000} s`, { signal: stopWaiting.signal }),
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

/** `server` after it has responded to a request, else a description of the error. */
async function waitUntilReady(
  server: Pick<ElasticMq, "url" | "tls">,
  region: string,
): Promise<Pick<ElasticMq, "url" | "tls"> | string> {
  const client = openServerClient(server, region);
  try {
    await client.send(new ListQueuesCommand({}));
    return server;
  } catch (error) {
    return `request failed: ${error}`;
  } finally {
    client.destroy();
  }
}
