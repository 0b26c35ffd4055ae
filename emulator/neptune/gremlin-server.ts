import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import gremlin from "gremlin";
import { fetchJars } from "../java/jars.ts";
import { JavaProcess, requireJava } from "../java/java-process.ts";
import { type Certificate, type ClientTls, clientTls, makeCertificate } from "./certificate.ts";
import { freePort } from "./free-port.ts";
import { writeServerFiles } from "./server-files.ts";

const READY_LIMIT_MS = 30_000;
const READY_POLL_MS = 50;
const ANSWER_LIMIT_MS = 2_000;
const PORTS_TRIED = 5;

export interface GremlinServerOptions {
  /** For the server's configuration and log; made when it is not there. */
  readonly directory: string;
  /** Of the server and of its clients. Default: a new one in `directory`. */
  readonly certificate?: Promise<Certificate>;
  /** Names a port to try; asked again when somebody else has it. Default: a free one. */
  readonly choosePort?: () => Promise<number>;
  /** Takes each line that the server prints. */
  readonly onLog?: (line: string) => void;
  /** Takes a line when the server has to be fetched first. */
  readonly onProgress?: (line: string) => void;
  /** The most memory for objects, in MiB. Default 1,024, enough for some 200,000 vertices. */
  readonly heapMb?: number;
}

export interface GremlinServer extends AsyncDisposable {
  readonly port: number;
  /** `wss://127.0.0.1:{port}/gremlin`. */
  readonly url: string;
  /** What a client needs to be admitted. */
  readonly tls: ClientTls;
  /** Resolves when the server has ended, also by itself, to a clause that says how. */
  readonly exited: Promise<string>;
}

/**
 * Apache TinkerPop's Gremlin Server on a free port of 127.0.0.1, ready for queries, with an empty transactional graph
 * that behaves as Neptune does: string ids, cardinality `set`, elements without their properties. Takes about 2 s.
 * It stores the graph in memory only. Clients authenticate by mutual TLS, and it executes bytecode without lambdas, no scripts.
 *
 * @throws {Error} when Java or Maven is missing, or with the end of the server's log when it does not start.
 */
export async function startGremlinServer(options: GremlinServerOptions): Promise<GremlinServer> {
  const { directory, choosePort = freePort } = options;
  const [jars] = await Promise.all([fetchJars("gremlin-server", options), requireJava()]);
  await mkdir(directory, { recursive: true });
  const certificate = options.certificate ?? makeCertificate(join(directory, "certificate"));
  // A failure is thrown where it is awaited.
  certificate.catch(() => {});
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort();
    const server = await startOn(port, jars, { ...options, certificate }, attempt < PORTS_TRIED);
    if (server) return server;
  }
}

/** `undefined` when somebody else took the port in the meantime, and `mayRetry`. */
async function startOn(
  port: number,
  jars: string,
  options: GremlinServerOptions & { readonly certificate: Promise<Certificate> },
  mayRetry: boolean,
): Promise<GremlinServer | undefined> {
  const { directory, onLog, heapMb = 1_024 } = options;
  // A second name for the traversal source `g`, which no other server has.
  const alias = `g${randomBytes(8).toString("hex")}`;
  const configuration = await writeServerFiles(directory, port);
  const taken = Promise.withResolvers<"taken">();
  const server = new JavaProcess({
    name: "gremlin-server",
    jars,
    mainClass: "LaunchGremlinServer",
    args: [configuration, alias],
    properties: { "org.slf4j.simpleLogger.showDateTime": "true" },
    heapMb,
    directory,
    onLog(line) {
      onLog?.(line);
      // The server then takes some seconds to end by itself.
      if (line.includes("Could not bind to")) taken.resolve("taken");
    },
  });
  await using started = new AsyncDisposableStack();
  started.use(server);
  // The server loads its classes while keytool runs.
  const certificate = await options.certificate;
  server.endInput(`${certificate.keyStorePath}\n${certificate.passphrase}\n`);
  const tls = clientTls(certificate);
  const url = `wss://127.0.0.1:${port}/gremlin`;
  const stopPolling = new AbortController();
  const outcome = await Promise.race([
    untilAnswered(url, tls, alias, stopPolling.signal),
    taken.promise,
    server.exited,
    delay(READY_LIMIT_MS, `did not answer within ${READY_LIMIT_MS / 1000} s`, { signal: stopPolling.signal }),
  ]);
  stopPolling.abort();
  if (outcome === "answered") {
    started.move();
    const dispose = () => server[Symbol.asyncDispose]();
    return { port, url, tls, exited: server.exited, [Symbol.asyncDispose]: dispose };
  }
  await server[Symbol.asyncDispose]();
  if (outcome === "taken" && mayRetry) return undefined;
  throw server.failure(`Expected Gremlin Server to answer on port ${port}, but: ${outcome}`);
}

async function untilAnswered(
  url: string,
  tls: ClientTls,
  alias: string,
  signal: AbortSignal,
): Promise<"answered" | "stopped"> {
  while (!signal.aborted) {
    if (await answers(url, tls, alias)) return "answered";
    await delay(READY_POLL_MS);
  }
  return "stopped";
}

/**
 * Whether a real query is answered at `url` under the name `alias`, which only our server knows: a port that accepts
 * says nothing, it may be somebody else's, and a server whose script failed is up without `g`.
 */
async function answers(url: string, tls: ClientTls, alias: string): Promise<boolean> {
  const client = new gremlin.driver.Client(url, {
    // Given, if only empty: without it the driver takes Node's own WebSocket, which cannot send headers.
    headers: {},
    ...tls,
    mimeType: "application/vnd.graphbinary-v1.0",
    traversalSource: alias,
  });
  const query = gremlin.process.AnonymousTraversalSource.traversal().withGraph(new gremlin.structure.Graph());
  try {
    const answer = client.submit(query.inject(1).getBytecode()).then(() => true);
    // The driver itself waits for ever.
    return await Promise.race([answer, delay(ANSWER_LIMIT_MS, false, { ref: false })]);
  } catch {
    return false;
  } finally {
    await client.close();
  }
}
