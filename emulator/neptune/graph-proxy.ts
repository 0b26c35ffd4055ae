import { type IncomingMessage, STATUS_CODES } from "node:http";
import { createServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import { closeServer, listenOnLoopback, sendJson } from "../apigateway/loopback-server.ts";
import type { Report } from "../apigateway/model.ts";
import { authorizeFrame, type CheckFrame } from "./authorize-frame.ts";
import type { Certificate } from "./certificate.ts";
import type { GremlinServer } from "./gremlin-server.ts";
import { joinSockets } from "./join-sockets.ts";
import { neptuneError } from "./neptune-errors.ts";
import type { DataAccess } from "./query-access.ts";

/** Request size limit of Neptune; responses are much smaller. */
const MAX_FRAME_BYTES = 150 * 1024 * 1024;
const PATH = "/gremlin";

export interface GraphProxyOptions<Principal> {
  /** Gremlin Server. */
  readonly target: Pick<GremlinServer, "url" | "tls">;
  readonly certificate: Certificate;
  /** The principal that signed the handshake. */
  readonly authenticate: (
    request: IncomingMessage,
  ) => Promise<
    { readonly ok: true; readonly principal: Principal } | { readonly ok: false; readonly message: string }
  >;
  /** Called for each access that a query requires. */
  readonly authorize: (
    principal: Principal,
    access: DataAccess,
  ) => Promise<{ readonly allowed: true } | { readonly allowed: false; readonly message: string }>;
  readonly report: Report;
}

export interface GraphProxy extends AsyncDisposable {
  /** `wss://127.0.0.1:{port}/gremlin`. */
  readonly url: string;
  readonly port: number;
}

/**
 * Auth proxy in front of Gremlin Server on a free port of 127.0.0.1, with TLS: authenticates handshakes and
 * authorizes queries like Neptune. Disposing it closes every connection immediately, without close frames.
 */
export async function serveGraphProxy<Principal>(options: GraphProxyOptions<Principal>): Promise<GraphProxy> {
  const { certificate, report } = options;
  const upgrades = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    // Pings are forwarded, because clients use them to check the graph.
    autoPong: false,
  });
  const server = createServer({ pfx: certificate.pfx, passphrase: certificate.passphrase });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });

  server.on("request", (_request, response) => {
    const message = `Expected a WebSocket handshake at ${PATH}: there is no HTTP API on this machine.`;
    sendJson(response, 400, neptuneError("BadRequestException", message));
  });
  server.on("upgrade", (request, socket, head) => {
    // Without a listener, a disconnect during the handshake would end the process.
    socket.on("error", () => {});
    accept(request, socket, head).catch((fault: unknown) => {
      report(
        `Internal error of the graph proxy during a handshake: ${fault instanceof Error ? fault.stack : fault}`,
      );
      const message = "Internal error of the graph proxy. See the log of the stack.";
      refuse(socket, 500, neptuneError("InternalFailureException", message));
    });
  });

  async function accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { pathname } = new URL(request.url ?? "", "wss://127.0.0.1");
    if (pathname !== PATH) {
      const message = `Expected a handshake at ${PATH}, got one at ${pathname}.`;
      refuse(socket, 400, neptuneError("BadRequestException", message));
      return;
    }
    const authenticated = await options.authenticate(request);
    if (!authenticated.ok) {
      refuse(socket, 403, neptuneError("AccessDeniedException", authenticated.message));
      return;
    }
    const target = await connectTo(options.target);
    if (!target) {
      report(`Could not connect to Gremlin Server at ${options.target.url}.`);
      // Like an unreachable graph: no response.
      socket.destroy();
      return;
    }
    const checkFrame: CheckFrame = (frame, isBinary) =>
      authorizeFrame(frame, isBinary, (access) => options.authorize(authenticated.principal, access), report);
    let isJoined = false;
    upgrades.handleUpgrade(request, socket, head, (client) => {
      isJoined = true;
      joinSockets(client, target, checkFrame);
    });
    // The client has disconnected, or `ws` has refused a malformed handshake.
    if (!isJoined) target.terminate();
  }

  const port = await listenOnLoopback(server);
  return {
    port,
    url: `wss://127.0.0.1:${port}${PATH}`,
    async [Symbol.asyncDispose]() {
      const closed = closeServer(server);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A connection to Gremlin Server; `undefined` when it cannot be opened. */
async function connectTo({ url, tls }: GraphProxyOptions<never>["target"]): Promise<WebSocket | undefined> {
  const target = new WebSocket(url, {
    ...tls,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    autoPong: false,
  });
  return await new Promise((resolve) => {
    target.once("open", () => resolve(target));
    target.once("error", () => resolve(undefined));
  });
}

/** Sends an error in Neptune format: https://docs.aws.amazon.com/neptune/latest/userguide/errors-engine-codes.html */
function refuse(socket: Duplex, statusCode: number, error: ReturnType<typeof neptuneError>): void {
  const body = JSON.stringify(error);
  const lines = [
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}`,
    `x-amzn-RequestId: ${error.requestId}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
