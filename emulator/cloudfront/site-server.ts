import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { closeServer, listenOnLoopback } from "../apigateway/loopback-server.ts";
import type { DeclaredSite } from "../program/read-sites.ts";

/** A site on loopback, in the place of CloudFront over its bucket. */
export interface ServedSite extends AsyncDisposable {
  readonly port: number;
  /** What is shown from now on; before that every request gets 503. */
  show(site: DeclaredSite): void;
}

/**
 * Serves a site.
 * @param port 0 for a free one.
 * @throws {Error} with code `EADDRINUSE` when the port is taken.
 */
export async function serveSite(port = 0): Promise<ServedSite> {
  let site: DeclaredSite | undefined;
  let host = "";
  const server = createServer((request, response) => {
    if (site) respond(site, host, request, response);
    else answer(response, 503, "The stack is starting.");
  });
  const ownPort = await listenOnLoopback(server, { port, origins: "own" });
  host = `127.0.0.1:${ownPort}`;
  return {
    port: ownPort,
    show(shown) {
      site = shown;
    },
    [Symbol.asyncDispose]: () => closeServer(server),
  };
}

function respond(site: DeclaredSite, host: string, request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? "/";
  // Not by `URL`, which throws at what any client may send.
  const [pathname = "/"] = url.split("?", 1);
  for (const [name, value] of Object.entries(site.headers)) response.setHeader(name, value);
  if (request.headers.host !== host) {
    // The APIs accept one origin only: whoever types `localhost` is led to it.
    response.writeHead(302, { location: `http://${host}${url}` }).end();
    return;
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    answer(response, 405, "Only GET and HEAD are allowed.");
    return;
  }
  const object = site.objects.get(pathname === "/" ? site.rootObject : pathname.slice(1));
  if (!site.isReadable || !object) {
    // What S3 says of a missing object, too, to those who may not list the bucket.
    answer(response, 403, "AccessDenied");
    return;
  }
  response.writeHead(200, {
    "content-type": object.contentType,
    "content-length": object.content.length,
    ...(object.cacheControl !== undefined && { "cache-control": object.cacheControl }),
  });
  response.end(request.method === "HEAD" ? undefined : object.content);
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
}
