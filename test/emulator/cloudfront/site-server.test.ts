/** A site over real HTTP. Does not prove the declared headers and files: see test/infra. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { serveSite } from "#emulator/cloudfront/site-server.ts";
import type { DeclaredSite } from "#emulator/program/read-sites.ts";

const site: DeclaredSite = {
  origin: "https://d.example",
  rootObject: "index.html",
  objects: new Map([
    [
      "index.html",
      { contentType: "text/html; charset=utf-8", cacheControl: "no-cache", content: Buffer.from("<p>") },
    ],
  ]),
  headers: { "content-security-policy": "default-src 'none'", "x-frame-options": "DENY" },
  isReadable: true,
};

async function serve(shown?: DeclaredSite): Promise<string> {
  const server = await serveSite();
  onTestFinished(() => server[Symbol.asyncDispose]());
  if (shown) server.show(shown);
  return `http://127.0.0.1:${server.port}`;
}

test("the root path returns the root object with the headers of the object and of the site", async () => {
  const response = await fetch(`${await serve(site)}/?tickers=AAPL`);
  expect([response.status, await response.text()]).toEqual([200, "<p>"]);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-cache",
    "content-length": "3",
    "content-security-policy": "default-src 'none'",
    "x-frame-options": "DENY",
  });
});

test.each([
  ["a missing file", "GET", "/other.html", 403],
  ["an unsupported method", "POST", "/", 405],
])("%s is refused with the headers of the site: %s %s returns %i", async (_, method, path, status) => {
  const response = await fetch(`${await serve(site)}${path}`, { method });
  await response.text();
  expect([response.status, response.headers.get("content-security-policy")]).toEqual([
    status,
    "default-src 'none'",
  ]);
});

test("a request for the host localhost is redirected to the origin that the APIs accept", async () => {
  const url = await serve(site);
  const other = url.replace("127.0.0.1", "localhost");
  const response = await fetch(`${other}/?tickers=AAPL`, { redirect: "manual" });
  expect([response.status, response.headers.get("location")]).toEqual([302, `${url}/?tickers=AAPL`]);
});

test("the site server returns 503 before its site is set", async () => {
  const response = await fetch(await serve());
  expect([response.status, await response.text()]).toEqual([503, "The stack is starting."]);
});

test.each(["//", "/%", "http://[", "*"])("the malformed path %j returns 403", async (path) => {
  const { port } = new URL(await serve(site));
  const [response] = (await once(request({ port, path, host: "127.0.0.1" }).end(), "response")) as [
    IncomingMessage,
  ];
  response.resume();
  expect(response.statusCode).toBe(403);
});
