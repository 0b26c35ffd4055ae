import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import gremlin from "gremlin";
import { fetchJars } from "../java/jars.ts";
import { JavaProcess, requireJava } from "../java/java-process.ts";
import { type Certificate, type ClientTls, clientTls, createCertificate } from "./certificate.ts";
import { findFreePort } from "./free-port.ts";
import { writeServerFiles } from "./server-files.ts";

const READY_LIMIT_MS = 30_000;
const READY_POLL_MS = 50;
const RESPONSE_TIMEOUT_MS = 2_000;
const MAX_ATTEMPTS = 5;

export interface GremlinServerOptions {
  /** Directory of the server configuration and log; created if missing. */
  readonly directory: string;
  /**
   * Certificate of the server and its clients.
   * @default a new one in `directory`
   */
  readonly certificate?: Promise<Certificate>;
  /**
   * Returns the port to bind; called again when the port is in use.
   * @default a free port
   */
  readonly choosePort?: () => Promise<number>;
  /** Called with each line of server output. */
  readonly onLog?: (line: string) => void;
  /** Called with one line when the server must be downloaded first. */
  readonly onProgress?: (line: string) => void;
  /**
   * Maximum heap size, in MiB.
   * @default 1_024, enough for about 200,000 vertices
   */
  readonly heapMb?: number;
}

export interface GremlinServer extends AsyncDisposable {
  readonly port: number;
  /** `wss://127.0.0.1:{port}/gremlin`. */
  readonly url: string;
  /** TLS options that clients must use. */
  readonly tls: ClientTls;
  /** Resolves to a description such as `gremlin-server ended with SIGKILL` when the process has exited. */
  readonly exited: Promise<string>;
}

/**
 * Gremlin Server on a free port of 127.0.0.1 with an empty transactional in-memory graph, configured like
 * Neptune: string ids, cardinality `set`, elements without properties, no scripts or lambdas. Starting takes
 * about 2 s. Clients authenticate by mutual TLS.
 * @throws {Error} when Java or Maven is missing, or with the end of the server log when it does not start.
 */
export async function startGremlinServer(options: GremlinServerOptions): Promise<GremlinServer> {
  const { directory, choosePort = findFreePort } = options;
  const [jars] = await Promise.all([fetchJars("gremlin-server", options), requireJava()]);
  await mkdir(directory, { recursive: true });
  const certificate = options.certificate ?? createCertificate(join(directory, "certificate"));
  // Avoids an unhandled rejection before `startOn` awaits it.
  certificate.catch(() => {});
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort();
    const server = await startOn(port, jars, { ...options, certificate }, attempt < MAX_ATTEMPTS);
    if (server) return server;
  }
}

/** `undefined` when the port is in use and `canRetry` is set. */
async function startOn(
  port: number,
  jars: string,
  options: GremlinServerOptions & { readonly certificate: Promise<Certificate> },
  canRetry: boolean,
): Promise<GremlinServer | undefined> {
  const { directory, onLog, heapMb = 1_024 } = options;
  // A unique second name of the traversal source `g`, to identify this server.
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
      // The server takes some seconds to exit after this line.
      if (line.includes("Could not bind to")) taken.resolve("taken");
    },
  });
  await using started = new AsyncDisposableStack();
  started.use(server);
  // Awaited after the start, so that the server loads its classes while keytool runs.
  const certificate = await options.certificate;
  server.endInput(`${certificate.keyStorePath}\n${certificate.passphrase}\n`);
  const tls = clientTls(certificate);
  const url = `wss://127.0.0.1:${port}/gremlin`;
  const stopPolling = new AbortController();
  const outcome = await Promise.race([
    waitUntilReady(url, tls, alias, stopPolling.signal),
    taken.promise,
    server.exited,
    delay(READY_LIMIT_MS, `no response within ${READY_LIMIT_MS / 1000} s`, { signal: stopPolling.signal }),
  ]);
  stopPolling.abort();
  if (outcome === "ready") {
    started.move();
    const dispose = () => server[Symbol.asyncDispose]();
    return { port, url, tls, exited: server.exited, [Symbol.asyncDispose]: dispose };
  }
  await server[Symbol.asyncDispose]();
  if (outcome === "taken" && canRetry) return undefined;
  throw server.failure(`Expected Gremlin Server to answer on port ${port}, but: ${outcome}`);
}

async function waitUntilReady(
  url: string,
  tls: ClientTls,
  alias: string,
  signal: AbortSignal,
): Promise<"ready" | "stopped"> {
  while (!signal.aborted) {
    if (await isReady(url, tls, alias)) return "ready";
    await delay(READY_POLL_MS);
  }
  return "stopped";
}

/**
 * Whether a query on the traversal source `alias` succeeds. An open port is not enough: it can belong to
 * another process, or to a server without a traversal source.
 */
async function isReady(url: string, tls: ClientTls, alias: string): Promise<boolean> {
  const client = new gremlin.driver.Client(url, {
    // Selects the `ws` package; the WebSocket of Node does not support TLS options.
    headers: {},
    ...tls,
    mimeType: "application/vnd.graphbinary-v1.0",
    traversalSource: alias,
  });
  const query = gremlin.process.AnonymousTraversalSource.traversal().withGraph(new gremlin.structure.Graph());
  try {
    const response = client.submit(query.inject(1).getBytecode()).then(() => true);
    // The driver has no timeout.
    return await Promise.race([response, delay(RESPONSE_TIMEOUT_MS, false, { ref: false })]);
  } catch {
    return false;
  } finally {
    await client.close();
  }
}
