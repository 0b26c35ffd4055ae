import { once } from "node:events";
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { Server as TlsServer } from "node:tls";
import type { Clock } from "../clock.ts";
import type { Invoke, Report } from "./model.ts";

/** What both kinds of API are served with. */
export interface ServeOptions {
  /** Runs a function, and refuses to when no declared permission lets the gateway call it. */
  readonly invoke: Invoke;
  /** Drives throttles, limits and timestamps. */
  readonly clock: Clock;
  readonly report: Report;
  /** The port to listen on; 0, the default, takes a free one. */
  readonly port?: number;
}

/** An API that is being served. Disposing of it cuts every connection at once, as if the machine had gone. */
export interface ServedApi extends AsyncDisposable {
  /** The port on 127.0.0.1. */
  readonly port: number;
}

/** Longer than any client keeps an idle connection, so that none is closed just as a request is being sent on it. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** The names by which programs and browsers on this machine call a server. */
const LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"];

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

export interface ListenOptions {
  /** @default a free one */
  readonly port?: number;
  /**
   * Which origins of web pages are served: none, the server's own, or those that the functions behind it accept.
   * @default "none"
   */
  readonly origins?: "none" | "own" | "any";
}

/**
 * Listens on the loopback address, which every web page in a browser on this machine can reach. Refuses requests and upgrades with a
 * foreign `Host` (421), which is DNS rebinding, and with a foreign `Origin` (403).
 *
 * @param server with all its listeners.
 * @throws {Error} when the port is taken (`EADDRINUSE`).
 */
export async function listenOnLoopback(server: Server, options: ListenOptions = {}): Promise<number> {
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  guard(server, port, options.origins ?? "none");
  return port;
}

interface Refusal {
  readonly statusCode: 403 | 421;
  readonly message: string;
}

/** Puts a check before the listeners of `server`. Runs in the same turn as the end of `listen`, before any request. */
function guard(server: Server, port: number, origins: "none" | "own" | "any"): void {
  const scheme = server instanceof TlsServer ? "https:" : "http:";
  const hosts = LOOPBACK_NAMES.flatMap((name) =>
    port === DEFAULT_PORTS[scheme] ? [name, `${name}:${port}`] : [`${name}:${port}`],
  );
  const ownOrigins = origins === "own" ? hosts.map((host) => `${scheme}//${host}`) : [];

  const judge = ({ headers: { host, origin } }: IncomingMessage): Refusal | undefined => {
    if (host === undefined || !hosts.includes(host.toLowerCase())) {
      return { statusCode: 421, message: `Expected the Host header to be ${hosts[0]}, got ${host}.` };
    }
    if (origin === undefined || origins === "any" || ownOrigins.includes(origin)) return undefined;
    return { statusCode: 403, message: `Expected no request of another site's page, got Origin ${origin}.` };
  };
  intercept(server, "request", (request: IncomingMessage, response: ServerResponse) => {
    const refusal = judge(request);
    if (!refusal) return true;
    const { statusCode, message } = refusal;
    sendJson(response, statusCode, { message }, { connection: "close" });
    return false;
  });
  intercept(server, "upgrade", (request: IncomingMessage, socket: Duplex) => {
    const refusal = judge(request);
    if (!refusal) return true;
    socket.on("error", () => socket.destroy());
    refuseUpgrade(socket, refusal.statusCode, JSON.stringify({ message: refusal.message }));
    return false;
  });
}

/** Calls the present listeners of `event` only when `admits` returns true. */
function intercept<Arguments extends unknown[]>(
  server: Server,
  event: "request" | "upgrade",
  admits: (...args: Arguments) => boolean,
): void {
  const listeners = server.listeners(event);
  // Without a listener Node treats an upgrade as a plain request, which has its own check.
  if (listeners.length === 0) return;
  server.removeAllListeners(event);
  server.on(event, (...args: unknown[]) => {
    if (!admits(...(args as Arguments))) return;
    for (const listener of listeners) listener.apply(server, args);
  });
}

/** Answers a handshake that is refused, and closes the connection. */
export function refuseUpgrade(socket: Duplex, statusCode: number, body: string): void {
  socket.end(
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ""}\r\n` +
      "Connection: close\r\nContent-Type: application/json\r\n" +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Stops listening, and cuts plain HTTP connections (upgraded ones are no longer the server's). */
export async function closeServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

/**
 * A request's whole body, or `undefined` when it is over `maxBytes`. What is over is read to the end all the same: a client
 * that is still sending when its connection is cut never sees the answer.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes <= maxBytes ? Buffer.concat(chunks) : undefined;
}

/** Answers with JSON, as API Gateway itself does where no function answers. */
export function sendJson(
  response: ServerResponse,
  statusCode: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body);
  response
    .writeHead(statusCode, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
      ...headers,
    })
    .end(text);
}

const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

/**
 * The host that the client addressed, with its port, as events show it; `domainName` unless it is one of this machine:
 * with DNS rebinding a foreign page sends its own host.
 */
export function readHost(request: IncomingMessage, domainName: string): string {
  const { host = "" } = request.headers;
  return LOOPBACK_HOST.test(host) ? host : domainName;
}

/** The address at the other end of a request, without the `::ffff:` of an IPv4 address in IPv6 clothes. */
export function readSourceIp(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? "127.0.0.1").replace(/^::ffff:/, "");
}
