import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { closeServer, listenOnLoopback } from "../apigateway/loopback-server.ts";
import type { DeclaredSite } from "../program/read-sites.ts";

/** A site on loopback, served in place of CloudFront and its bucket. */
export interface ServedSite extends AsyncDisposable {
  readonly port: number;
  /** Sets the served site. Before the first call, every request is 503. */
  show(site: DeclaredSite): void;
}

/**
 * Starts a site server, without a site.
 * @param port 0 selects a free port.
 * @throws {Error} with code `EADDRINUSE` when the port is in use.
 */
export async function serveSite(port = 0): Promise<ServedSite> {
  let site: DeclaredSite | undefined;
  let host = "";
  const server = createServer((request, response) => {
    if (site) respond(site, host, request, response);
    else sendText(response, 503, "The stack is starting.");
  });
  const ownPort = await listenOnLoopback(server, { port, origins: "own" });
  host = `127.0.0.1:${ownPort}`;
  return {
    port: ownPort,
    show(newSite) {
      site = newSite;
    },
    [Symbol.asyncDispose]: () => closeServer(server),
  };
}

function respond(site: DeclaredSite, host: string, request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? "/";
  // Not with `URL`, which throws for some request targets.
  const [pathname = "/"] = url.split("?", 1);
  for (const [name, value] of Object.entries(site.headers)) response.setHeader(name, value);
  if (request.headers.host !== host) {
    // The APIs accept only this origin, so `localhost` is redirected to it.
    response.writeHead(302, { location: `http://${host}${url}` }).end();
    return;
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    sendText(response, 405, "Only GET and HEAD are allowed.");
    return;
  }
  const object = site.objects.get(pathname === "/" ? site.rootObject : pathname.slice(1));
  if (!site.isReadable || !object) {
    // Also for a missing object, as in S3 without permission to list the bucket.
    sendText(response, 403, "AccessDenied");
    return;
  }
  response.writeHead(200, {
    "content-type": object.contentType,
    "content-length": object.content.length,
    ...(object.cacheControl !== undefined && { "cache-control": object.cacheControl }),
  });
  response.end(request.method === "HEAD" ? undefined : object.content);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
}
