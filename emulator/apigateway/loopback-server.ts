import { once } from "node:events";
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { Server as TlsServer } from "node:tls";
import type { Clock } from "../clock.ts";
import type { Invoke, Report } from "./model.ts";

/** Options shared by the HTTP and the WebSocket API servers. */
export interface ServeOptions {
  /** Invokes a function; the outcome is `forbidden` when no declared permission allows it. */
  readonly invoke: Invoke;
  /** Drives throttles, limits and timestamps. */
  readonly clock: Clock;
  readonly report: Report;
  /** @default a free port */
  readonly port?: number;
}

/** A running API server. Disposing it closes every connection immediately, without close frames. */
export interface ServedApi extends AsyncDisposable {
  /** The port on 127.0.0.1. */
  readonly port: number;
}

/** Longer than client idle timeouts, so that the server never closes a connection that is being reused. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** Accepted host names in the `Host` header. */
const LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"];

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

export interface ListenOptions {
  /** @default a free port */
  readonly port?: number;
  /**
   * Accepted values of the `Origin` header. With `any`, the function behind the server checks the origin.
   * @default "none"
   */
  readonly origins?: "none" | "own" | "any";
}

/**
 * The port on 127.0.0.1 on which the server now listens. Web pages in a local browser can reach it, so a
 * foreign `Host` (DNS rebinding) is 421 and a foreign `Origin` is 403, for requests and upgrades.
 * @param server with all its listeners attached.
 * @throws {Error} with code `EADDRINUSE` when the port is in use.
 */
export async function listenOnLoopback(server: Server, options: ListenOptions = {}): Promise<number> {
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  checkHeaders(server, port, options.origins ?? "none");
  return port;
}

interface Refusal {
  readonly statusCode: 403 | 421;
  readonly message: string;
}

/** Checks `Host` and `Origin` before the listeners run. Call it in the same tick as the end of `listen`. */
function checkHeaders(server: Server, port: number, origins: "none" | "own" | "any"): void {
  const scheme = server instanceof TlsServer ? "https:" : "http:";
  const hosts = LOOPBACK_NAMES.flatMap((name) =>
    port === DEFAULT_PORTS[scheme] ? [name, `${name}:${port}`] : [`${name}:${port}`],
  );
  const ownOrigins = origins === "own" ? hosts.map((host) => `${scheme}//${host}`) : [];

  const findRefusal = ({ headers: { host, origin } }: IncomingMessage): Refusal | undefined => {
    if (host === undefined || !hosts.includes(host.toLowerCase())) {
      return { statusCode: 421, message: `Expected the Host header to be ${hosts[0]}, got ${host}.` };
    }
    if (origin === undefined || origins === "any" || ownOrigins.includes(origin)) return undefined;
    return { statusCode: 403, message: `Expected no request from another origin, got Origin ${origin}.` };
  };
  intercept(server, "request", (request: IncomingMessage, response: ServerResponse) => {
    const refusal = findRefusal(request);
    if (!refusal) return true;
    const { statusCode, message } = refusal;
    sendJson(response, statusCode, { message }, { connection: "close" });
    return false;
  });
  intercept(server, "upgrade", (request: IncomingMessage, socket: Duplex) => {
    const refusal = findRefusal(request);
    if (!refusal) return true;
    socket.on("error", () => socket.destroy());
    refuseUpgrade(socket, refusal.statusCode, JSON.stringify({ message: refusal.message }));
    return false;
  });
}

/** Calls the current listeners of `event` only when `isAllowed` returns true. */
function intercept<Arguments extends unknown[]>(
  server: Server,
  event: "request" | "upgrade",
  isAllowed: (...args: Arguments) => boolean,
): void {
  const listeners = server.listeners(event);
  // Without a listener, Node treats an upgrade as a plain request, which is checked separately.
  if (listeners.length === 0) return;
  server.removeAllListeners(event);
  server.on(event, (...args: unknown[]) => {
    if (!isAllowed(...(args as Arguments))) return;
    for (const listener of listeners) listener.apply(server, args);
  });
}

/** Rejects a WebSocket handshake and closes the connection. */
export function refuseUpgrade(socket: Duplex, statusCode: number, body: string): void {
  socket.end(
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ""}\r\n` +
      "Connection: close\r\nContent-Type: application/json\r\n" +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Stops listening and closes plain HTTP connections; upgraded ones stay open, because Node detaches them. */
export async function closeServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

/**
 * The complete request body; `undefined` when it is longer than `maxBytes`. The rest is still read, because a
 * client that is sending when its connection closes does not receive the response.
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

/** Sends a JSON response. */
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
 * The host and port in the `Host` header if it is a loopback host; otherwise `domainName`, because with DNS
 * rebinding a foreign page sends its own host.
 */
export function readHost(request: IncomingMessage, domainName: string): string {
  const { host = "" } = request.headers;
  return LOOPBACK_HOST.test(host) ? host : domainName;
}

/** The client address; an IPv4-mapped IPv6 address is shortened to IPv4. */
export function readSourceIp(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? "127.0.0.1").replace(/^::ffff:/, "");
}
