import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { AuthProxy } from "../iam/auth-proxy.ts";
import { handleConnectionsRequest, parseConnectionsPath, refuse } from "./connections-endpoint.ts";
import { createConnectionId } from "./identifiers.ts";
import { createCallFunction } from "./integration.ts";
import {
  closeServer,
  listenOnLoopback,
  readHost,
  refuseUpgrade,
  type ServedApi,
  type ServeOptions,
} from "./loopback-server.ts";
import type { WebSocketApi } from "./model.ts";
import { createSelectRoute } from "./route-selection.ts";
import { createThrottle } from "./throttle.ts";
import { Connection, MAX_MESSAGE_BYTES } from "./web-socket-connection.ts";
import { type ConnectionDetails, readIdentity } from "./web-socket-events.ts";
import { type RouteRunner, runConnect, runDisconnect, runMessage } from "./web-socket-routes.ts";

export interface ServeWebSocketOptions extends ServeOptions {
  /** For the service `execute-api`; authorizes `@connections` requests. */
  readonly authProxy: AuthProxy;
}

/**
 * Serves a WebSocket API at `ws://127.0.0.1:{port}/{stage}`, and `@connections` on the same port.
 * @throws {Error} when the route selection expression is not a path into the body, or the port is in use.
 */
export async function serveWebSocketApi(
  api: WebSocketApi,
  options: ServeWebSocketOptions,
): Promise<ServedApi> {
  const { clock, report, authProxy } = options;
  const runner: RouteRunner = {
    api,
    clock,
    report,
    tryConsume: createThrottle(api.throttle, api.routes, clock),
    selectRoute: createSelectRoute(api),
    callFunction: createCallFunction(api.name, options.invoke, report),
  };
  const connections = new Map<string, Connection>();
  const upgrader = createUpgrader();
  const handshakes = new Set<Duplex>();
  let isDisposed = false;

  function open(socket: WebSocket, transport: Duplex, details: ConnectionDetails): void {
    const connection = new Connection(details, socket, transport, clock, {
      // Messages of one socket run concurrently, as on AWS.
      message: (text) => void runMessage(runner, connection, text),
      closed: (closeReason) => {
        connections.delete(details.id);
        if (!isDisposed) void runDisconnect(runner, details, closeReason);
      },
    });
    connections.set(details.id, connection);
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (!isHandshake(request)) return refuseUpgrade(socket, 400, '{"message":"Bad Request"}');
    if (!isStagePath(api.stage, request)) return refuseUpgrade(socket, 403, '{"message":"Forbidden"}');
    const details: ConnectionDetails = {
      id: createConnectionId(),
      connectedAtMs: clock.now(),
      domainName: readHost(request, api.domainName),
      identity: readIdentity(request),
    };
    const result = await runConnect(runner, details, request);
    if (!result.accepted) return refuseUpgrade(socket, result.statusCode, result.body);
    const { connection, subprotocol } = result;
    upgrader.upgrade(request, socket, head, subprotocol, (webSocket) => open(webSocket, socket, connection));
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = readPath(request);
    const connectionId = parseConnectionsPath(api.stage, path);
    if (connectionId !== undefined) {
      const stageArn = `${api.executionArn}/${api.stage}`;
      await handleConnectionsRequest({ connections, stageArn, authProxy }, connectionId, request, response);
    } else if (path.split("/")[1] !== api.stage) {
      refuse(response, "ForbiddenException", "Forbidden");
    } else {
      refuse(response, "MissingAuthenticationTokenException", "Missing Authentication Token");
    }
  }

  const server = createServer(
    // RFC 9110 allows ignoring other protocols, such as `h2c`, which the Java client offers.
    { shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === "websocket" },
    // Fails only when the client disconnects during its request.
    (request, response) => void handle(request, response).catch(() => response.destroy()),
  );
  server.on("upgrade", (request, socket, head) => {
    handshakes.add(socket);
    // Without a listener, a connection reset would end the process.
    socket.on("error", () => socket.destroy());
    void upgrade(request, socket, head).finally(() => handshakes.delete(socket));
  });
  // As on AWS, `$connect` checks origins.
  const port = await listenOnLoopback(server, { ...options, origins: "any" });

  return {
    port,
    async [Symbol.asyncDispose]() {
      isDisposed = true;
      for (const socket of handshakes) socket.destroy();
      upgrader.terminate();
      await closeServer(server);
    },
  };
}

interface Upgrader {
  upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    subprotocol: string | undefined,
    opened: (webSocket: WebSocket) => void,
  ): void;
  /** Closes every socket without a close frame. */
  terminate(): void;
}

/**
 * Echoes the subprotocol that `$connect` selected, as API Gateway does; the default of `ws` is the first one
 * offered. When none is echoed, a browser that offered one fails the connection.
 */
function createUpgrader(): Upgrader {
  const selected = new WeakMap<IncomingMessage, string>();
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (_offered, request) => selected.get(request) ?? false,
  });
  return {
    upgrade(request, socket, head, subprotocol, opened) {
      if (subprotocol !== undefined) selected.set(request, subprotocol);
      server.handleUpgrade(request, socket, head, opened);
    },
    terminate() {
      for (const webSocket of server.clients) webSocket.terminate();
    },
  };
}

/** Whether the handshake is valid; `ws` checks this only after `$connect` has run. */
function isHandshake({ method, headers }: IncomingMessage): boolean {
  return (
    method === "GET" &&
    headers["sec-websocket-version"] === "13" &&
    /^[+/0-9A-Za-z]{22}==$/.test(headers["sec-websocket-key"] ?? "")
  );
}

function isStagePath(stage: string, request: IncomingMessage): boolean {
  const path = readPath(request);
  return path === `/${stage}` || path === `/${stage}/`;
}

function readPath({ url = "/" }: IncomingMessage): string {
  return url.split("?", 1)[0] ?? "/";
}
