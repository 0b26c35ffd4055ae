import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
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

/**
 * Listens on the loopback address.
 *
 * @throws {Error} when the port is taken (`EADDRINUSE`).
 */
export async function listenOnLoopback(server: Server, port = 0): Promise<number> {
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
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
