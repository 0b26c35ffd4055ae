import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { closeServer, listenOnLoopback } from "#emulator/apigateway/loopback-server.ts";
import { claimRunDirectory } from "#start/run-directory.ts";
import { Feed } from "../page/feed.ts";

/** A response of a fake service. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent unchanged, anything else as JSON. */
  readonly body: unknown;
}

export interface Operation {
  readonly operation: string;
  readonly [field: string]: unknown;
}

export interface Post {
  readonly authorization: string | undefined;
  readonly form: string;
}

export interface Behaviour {
  readonly operate?: (operation: Operation) => unknown;
  /** Replaces the response of a successful Invoke. */
  readonly invoke?: () => Answer;
  readonly publish?: (post: Post) => Answer;
  /** Merged into the outputs of a local stack. */
  readonly outputs?: object;
}

export type FakeStack = Awaited<ReturnType<typeof fakeStack>>;

/** A run directory with the outputs of a local stack, and servers at their URLs with configurable responses. */
export async function fakeStack({ operate, invoke, publish, outputs }: Behaviour = {}) {
  const operations: Operation[] = [];
  const posts: Post[] = [];
  const paths: string[] = [];
  const signatures: string[] = [];
  const lambdaUrl = await serve(async (request) => {
    const operation = JSON.parse(await text(request));
    operations.push(operation);
    paths.push(request.url ?? "");
    signatures.push(request.headers.authorization ?? "");
    return invoke ? invoke() : { body: operate?.(operation) };
  });
  const publishUrl = await serve(async (request) => {
    const form = await text(request);
    const post = { authorization: request.headers.authorization, form };
    posts.push(post);
    const quotes = new URLSearchParams(form).getAll("ticker").length;
    return publish?.(post) ?? { body: { quotes, watchers: 3, delivered: 2, gone: 1, closed: 0 } };
  });
  const feed = await Feed.start();
  const directory = mkdtempSync(join(tmpdir(), "ticker-watch-operator-"));
  const all = {
    watchUrl: feed.url,
    publishUrl: `${publishUrl}/development`,
    functionNames: { operate: "operate-1234567" },
    endpoints: { lambda: lambdaUrl },
    region: "us-east-1",
    ...outputs,
  };
  const run = claimRunDirectory(directory);
  run.writeOutputs(all);
  onTestFinished(async () => {
    run[Symbol.dispose]();
    await feed[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });
  return { directory, operations, posts, paths, signatures, feed };
}

async function serve(respond: (request: IncomingMessage) => Promise<Answer>): Promise<string> {
  const server = createServer((request, response) => {
    void respond(request).then(({ status = 200, headers, body }) => {
      response.writeHead(status, { ...headers });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    });
  });
  const port = await listenOnLoopback(server);
  onTestFinished(() => closeServer(server));
  return `http://127.0.0.1:${port}`;
}
