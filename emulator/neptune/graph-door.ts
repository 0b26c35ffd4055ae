import { type IncomingMessage, STATUS_CODES } from "node:http";
import { createServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import { closeServer, listenOnLoopback, sendJson } from "../apigateway/loopback-server.ts";
import type { Report } from "../apigateway/model.ts";
import type { Certificate } from "./certificate.ts";
import type { GremlinServer } from "./gremlin-server.ts";
import { joinSockets } from "./join-sockets.ts";
import { authorizeFrame, type Judge } from "./judge-request.ts";
import { neptuneError } from "./neptune-errors.ts";
import type { Access } from "./query-access.ts";

/** Neptune's limit for a request; what Gremlin Server answers is smaller by far. */
const MAX_FRAME_BYTES = 150 * 1024 * 1024;
const PATH = "/gremlin";

export interface GraphProxyOptions<Principal> {
  /** Gremlin Server. */
  readonly target: Pick<GremlinServer, "url" | "tls">;
  readonly certificate: Certificate;
  /** Who it is that opens a connection, by the signature on the handshake. */
  readonly authenticate: (
    request: IncomingMessage,
  ) => Promise<
    { readonly ok: true; readonly principal: Principal } | { readonly ok: false; readonly message: string }
  >;
  /** Whether they may; asked for every query, for each kind of access that it needs. */
  readonly authorize: (
    principal: Principal,
    access: Access,
  ) => Promise<{ readonly allowed: true } | { readonly allowed: false; readonly message: string }>;
  readonly report: Report;
}

export interface GraphProxy extends AsyncDisposable {
  /** `wss://127.0.0.1:{port}/gremlin`. */
  readonly url: string;
  readonly port: number;
}

/**
 * What Neptune has before its graph and Gremlin Server has not, on a free port of 127.0.0.1: TLS, a handshake that says who comes,
 * and a look at every query for whether they may. Everything else goes through as it is, at the pace of the slower side; who is cut
 * on one side is cut on the other. Disposing of it cuts every connection at once.
 */
export async function serveGraphProxy<Principal>(options: GraphProxyOptions<Principal>): Promise<GraphProxy> {
  const { certificate, report } = options;
  const upgrades = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    // A ping asks whether the graph lives, not whether its door does.
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
    // Whoever leaves during the handshake has nobody to tell.
    socket.on("error", () => {});
    enter(request, socket, head).catch((fault: unknown) => {
      report(`The graph's door failed at a handshake: ${fault instanceof Error ? fault.stack : fault}`);
      refuse(socket, 500, neptuneError("InternalFailureException", "The door failed; its log says why."));
    });
  });

  async function enter(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { pathname } = new URL(request.url ?? "", "wss://127.0.0.1");
    if (pathname !== PATH) {
      const message = `Expected a handshake at ${PATH}, got one at ${pathname}.`;
      refuse(socket, 400, neptuneError("BadRequestException", message));
      return;
    }
    const entry = await options.authenticate(request);
    if (!entry.ok) {
      refuse(socket, 403, neptuneError("AccessDeniedException", entry.message));
      return;
    }
    const target = await connectTo(options.target);
    if (!target) {
      report(`Nobody answers at ${options.target.url}, where the graph should be.`);
      // As a graph that is down: it does not answer at all.
      socket.destroy();
      return;
    }
    const judge: Judge = (frame, isBinary) =>
      authorizeFrame(frame, isBinary, (access) => options.authorize(entry.principal, access), report);
    let isJoined = false;
    upgrades.handleUpgrade(request, socket, head, (client) => {
      isJoined = true;
      joinSockets(client, target, judge);
    });
    // Whoever has left, or whose handshake is malformed, which `ws` answers by itself.
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

/** A connection to the graph itself; `undefined` when there is nobody. */
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

/** Neptune's own form of a refusal: https://docs.aws.amazon.com/neptune/latest/userguide/errors-engine-codes.html */
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
