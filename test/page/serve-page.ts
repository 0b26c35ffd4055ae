import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { contentSecurityPolicy } from "#infra/content-security-policy.ts";

/** The deployed files: the page's files, the bundled script and the `config.json` of a test. */
export interface ServedPage extends AsyncDisposable {
  readonly url: string;
}

const source = (file: string) => new URL(`../../page/${file}`, import.meta.url);

/**
 * Builds the page and serves it on a free port, with the deployed content security policy.
 * @param config the text of `config.json`; `undefined` for no file.
 * @param watchUrl the only URL that the policy allows for sockets.
 */
export async function servePage(config: string | undefined, watchUrl: string): Promise<ServedPage> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(source("main.ts"))],
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    write: false,
  });
  const files = new Map<string, { readonly type: string; readonly body: string | undefined }>([
    ["/", { type: "text/html; charset=utf-8", body: await readFile(source("index.html"), "utf8") }],
    ["/icon.svg", { type: "image/svg+xml", body: await readFile(source("icon.svg"), "utf8") }],
    ["/page.css", { type: "text/css; charset=utf-8", body: await readFile(source("page.css"), "utf8") }],
    ["/page.js", { type: "text/javascript; charset=utf-8", body: outputFiles[0]?.text }],
    ["/config.json", { type: "application/json", body: config }],
  ]);
  const server = createServer((request, response) => {
    const file = files.get(new URL(request.url ?? "/", "http://page").pathname);
    if (file?.body === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "content-type": file.type,
      "content-security-policy": contentSecurityPolicy(watchUrl),
    });
    response.end(file.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
