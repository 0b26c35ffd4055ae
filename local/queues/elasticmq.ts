import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fetchJars } from "../java/jars.ts";
import { JavaProcess, requireJava } from "../java/java-process.ts";

const READY_LIMIT_MS = 30_000;

export interface ElasticMqOptions {
  /** For the server's configuration and log; made when it is not there. */
  readonly directory: string;
  /** What the ARNs of its queues say. */
  readonly region: string;
  readonly accountId: string;
  /** Takes each line that the server prints. */
  readonly onLog?: (line: string) => void;
  /** Takes a line when the server has to be fetched first. */
  readonly onProgress?: (line: string) => void;
}

export interface ElasticMq extends AsyncDisposable {
  /** `http://127.0.0.1:{port}`, which speaks the API of Amazon SQS. */
  readonly url: string;
  /** Resolves when the server has ended, also by itself, to a clause that says how. */
  readonly exited: Promise<string>;
}

/**
 * ElasticMQ on a free port of 127.0.0.1, without queues. Takes about a second. What it holds is in memory: disposing of it, or
 * the end of this process, forgets it.
 * @throws Error when Java or Maven is missing, or with the end of the server's log when it does not start.
 */
export async function startElasticMq(options: ElasticMqOptions): Promise<ElasticMq> {
  const { directory, onLog } = options;
  const [jars] = await Promise.all([fetchJars("elasticmq", options), requireJava()]);
  await mkdir(directory, { recursive: true });
  const configuration = join(directory, "elasticmq.conf");
  await writeFile(configuration, configure(options));

  const started = Promise.withResolvers<number>();
  const server = new JavaProcess({
    name: "elasticmq",
    jars,
    mainClass: "org.elasticmq.server.Main",
    properties: { "config.file": configuration },
    heapMb: 256,
    directory,
    onLog(line) {
      onLog?.(line);
      // It binds a free port by itself and says which: so it is this process that answers there, and no other.
      const [, port] = /Started SQS rest server, bind address 127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (port) started.resolve(Number(port));
    },
  });
  const stopWaiting = new AbortController();
  const outcome = await Promise.race([
    started.promise.then(whenAnswered),
    server.exited,
    delay(READY_LIMIT_MS, `did not answer within ${READY_LIMIT_MS / 1000} s`, { signal: stopWaiting.signal }),
  ]);
  stopWaiting.abort();
  if (typeof outcome === "object") {
    const dispose = () => server[Symbol.asyncDispose]();
    return { url: outcome.url, exited: server.exited, [Symbol.asyncDispose]: dispose };
  }
  await server[Symbol.asyncDispose]();
  throw server.failure(`Expected ElasticMQ to start, but: ${outcome}`);
}

/** Resolves when a real request has been answered on `port`; to what went wrong when it was not. */
async function whenAnswered(port: number): Promise<{ readonly url: string } | string> {
  const url = `http://127.0.0.1:${port}`;
  const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.ListQueues" };
  try {
    const response = await fetch(url, { method: "POST", headers, body: "{}" });
    return response.ok ? { url } : `answered with status ${response.status}`;
  } catch (error) {
    return `did not answer: ${error}`;
  }
}

/**
 * Strict limits are SQS's own: 1 MiB a message, and a batch.
 * @see https://github.com/softwaremill/elasticmq#installation-stand-alone
 */
const configure = ({ region, accountId }: ElasticMqOptions) => `include classpath("application.conf")
generate-node-address = true
rest-sqs { enabled = true, bind-hostname = "127.0.0.1", bind-port = 0, sqs-limits = strict }
rest-stats { enabled = false }
aws { region = "${region}", accountId = "${accountId}" }
`;
