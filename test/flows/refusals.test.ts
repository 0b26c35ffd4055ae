import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type LocalStack, startStack } from "#emulator/stack.ts";
import { asOperator, publish, Watcher } from "#support/clients.ts";
import { openGraph } from "#support/graph.ts";
import { output } from "#support/output.ts";
import { asPublisher, mintToken, protocolsWith } from "#support/tokens.ts";

/*
 * Invalid requests through the whole stack: each returns the error of docs/protocol.md and has no effect.
 * The parser tests cover each limit.
 */
let stack: LocalStack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

/** The log entries about rejected origins. */
const rejectedOrigins = ({ logs }: LocalStack): readonly unknown[] =>
  logs.flatMap(({ line }) => {
    if (!line.includes("Refused a foreign Origin")) return [];
    const { level, origin, expected } = JSON.parse(line);
    return [{ level, origin, expected }];
  });

const list = (count: number, prefix = "T") => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

async function post(init: RequestInit, path = ""): Promise<[number, string]> {
  const headers = { ...(await asPublisher(stack)), ...init.headers };
  const response = await fetch(output(stack, "publishUrl") + path, { ...init, headers });
  return [response.status, await response.text()];
}

describe("HTTP posts", () => {
  const form = (body: string): RequestInit => ({ method: "POST", body: new URLSearchParams(body) });

  test.each<[string, number, string, RequestInit]>([
    ["GET", 400, "must use POST", {}],
    ["PUT", 400, "must use POST", { method: "PUT", body: new URLSearchParams("ticker=X&price=1") }],
    ["a preflight", 204, "", { method: "OPTIONS" }],
    [
      "JSON",
      400,
      "must use content type application/x-www-form-urlencoded",
      { method: "POST", body: "{}", headers: { "content-type": "application/json" } },
    ],
    ["no content type", 400, "must use content type application/x-www-form-urlencoded", { method: "POST" }],
    ["one price missing", 400, "mismatched tickers and prices: 2 1", form("ticker=X&price=1&ticker=Y")],
    ["an invalid price", 400, "not a number: 12.5x", form("ticker=X&price=1&ticker=Y&price=12.5x")],
    [
      "a price in dollars",
      400,
      "not a number: 24.00 (expected whole cents, for example 2400)",
      form("ticker=X&price=24.00"),
    ],
    [
      "an unencoded ampersand",
      400,
      "unknown field: M.NS (expected ticker, price, connId, time; encode & as %26, with curl use --data-urlencode)",
      form("ticker=M&M.NS&price=312500"),
    ],
    ["non-ASCII characters in a ticker", 400, "bad ticker: Märkte 😀", form("ticker=M%C3%A4rkte 😀&price=1")],
    ["an empty form", 400, "no quotes", form("")],
    ["an invalid ticker", 400, "bad ticker: A B", form("ticker=X&price=1&ticker=A+B&price=1")],
    [
      "101 quotes",
      400,
      "too many quotes: 101, at most 100",
      form(
        list(101)
          .map((name) => `ticker=${name}&price=1`)
          .join("&"),
      ),
    ],
  ])("a request with %s returns %d %j", async (_name, status, text, init) => {
    expect(await post(init)).toEqual([status, text]);
  });

  test.each(["/elsewhere", "/broadcast/", "/x?ticker=A", "//"])(
    "a post to the path %s returns 404 with the valid paths",
    async (path) => {
      expect(await post(form("ticker=X&price=1"), path)).toEqual([
        404,
        `no such path: ${path.split("?")[0]} (POST / publishes prices, POST /broadcast sends a notice)`,
      ]);
    },
  );

  test("a GET request to any path returns 400 must use POST", async () => {
    for (const path of ["/broadcast", "/x"]) expect(await post({}, path)).toEqual([400, "must use POST"]);
  });

  test.each([
    ["percent-encoded", "message=M%E4rkte"],
    ["raw", Buffer.from("message=M\xe4rkte", "latin1")],
  ])("a post with %s bytes that are not UTF-8 returns 400", async (_name, body) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    for (const path of ["", "/broadcast"]) {
      expect(await post({ method: "POST", body, headers }, path)).toEqual([
        400,
        expect.stringMatching(/^not UTF-8: /),
      ]);
    }
  });

  test("a post with a time in the future returns 400", async () => {
    const [status, text] = await post(form(`ticker=X&price=1&time=${Date.now() + 60_000}`));
    expect([status, text]).toEqual([400, expect.stringMatching(/^time too far ahead: \d+ /)]);
  });

  test("a post with a foreign origin returns 403", async () => {
    const init = { ...form("ticker=X&price=1"), headers: { origin: "https://elsewhere.example" } };
    expect(await post(init)).toEqual([403, `foreign origin: expected ${output(stack, "pageUrl")}`]);
  });

  test("a post with the host of the API as origin is accepted, and a foreign origin is logged", async () => {
    const { host } = new URL(output(stack, "publishUrl"));
    const sent = { ...form("ticker=OWN-HOST&price=1"), headers: { origin: `http://${host}` } };
    expect(await post(sent)).toMatchObject([200, expect.stringContaining('"quotes":1')]);
    const foreign = { ...form("ticker=X&price=1"), headers: { origin: "https://logged.example" } };
    expect(await post(foreign)).toEqual([403, `foreign origin: expected ${output(stack, "pageUrl")}`]);
    const expected = [output(stack, "pageUrl"), `https://${host}`];
    await expect
      .poll(() => rejectedOrigins(stack))
      .toContainEqual({ level: "WARN", origin: "https://logged.example", expected });
  });

  test("a post from the watch page gets the CORS header for its origin", async () => {
    const origin = output(stack, "pageUrl");
    for (const init of [form(""), { method: "OPTIONS" }]) {
      const response = await fetch(output(stack, "publishUrl"), {
        ...init,
        headers: { ...(await asPublisher(stack)), origin },
      });
      await response.text();
      expect(response.headers.get("access-control-allow-origin")).toBe(origin);
    }
  });

  test("rejected posts do not store their valid quotes", async () => {
    await using watcher = await Watcher.connect(stack);
    expect(await watcher.ask({ action: "watch", tickers: ["X"] })).toMatchObject({ quotes: [] });
  });
});

describe("WebSocket messages", () => {
  test.each([
    ["no JSON", "AAPL", "bad-message", "Expected a JSON object with a string `action`."],
    ["no action", { tickers: ["A"] }, "bad-message", "Expected a JSON object with a string `action`."],
    [
      "no tickers",
      { action: "watch" },
      "bad-message",
      "Expected `tickers` to be a list of 1 to 100 strings, or `baskets` one of 1 to 20.",
    ],
    [
      "a ping without a name",
      { action: "ping" },
      "bad-message",
      "Expected `name` to be a string of at most 128 characters.",
    ],
    [
      "an invalid ticker",
      { action: "watch", tickers: ["GOOD", "A B"] },
      "bad-ticker",
      'Expected each of `tickers` to be 1 to 32 of A-Z 0-9 . - ^ = _ / : &, starting with a letter, digit, ^ or ., got "A B".',
    ],
    [
      "101 tickers",
      { action: "watch", tickers: list(101) },
      "too-many",
      "Expected at most 100 `tickers`, got 101.",
    ],
    [
      "an unknown action",
      { action: "dance" },
      "not-implemented",
      'Expected `action` to be watch, unwatch, user, authorize, sync or ping, got "dance".',
    ],
    [
      "the reserved route $connect",
      { action: "$connect" },
      "not-implemented",
      'Expected `action` to be watch, unwatch, user, authorize, sync or ping, got "$connect".',
    ],
    [
      "tickers nested 10,000 levels deep",
      `{"action":"watch","tickers":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
      "bad-message",
      "Expected `tickers` to be a list of 1 to 100 strings, or `baskets` one of 1 to 20.",
    ],
  ])("a message with %s returns an error and the socket stays open", async (_name, message, code, text) => {
    await using watcher = await Watcher.connect(stack);
    expect(await watcher.ask(message)).toEqual({ action: "error", code, message: text });
    expect(await watcher.ask({ action: "ping", name: "still here" })).toEqual({
      action: "pong",
      name: "still here",
    });
  });

  test("a message that would exceed 500 tickers adds no ticker and returns too-many", async () => {
    await using watcher = await Watcher.connect(stack);
    for (const letter of ["A", "B", "C", "D", "E"]) await watcher.watch(...list(100, letter));
    expect(await watcher.ask({ action: "watch", tickers: ["A1", "ONE-MORE"] })).toEqual({
      action: "error",
      code: "too-many",
      message:
        "Expected at most 500 tickers and baskets a connection, and at most 20 baskets; this one watches 500 tickers and 0 baskets.",
    });
    // Watched tickers do not count twice.
    expect(await watcher.ask({ action: "watch", tickers: ["A1"] })).toMatchObject({ action: "quotes" });
    expect(await publish(stack, "ticker=ONE-MORE&price=1")).toMatchObject({ body: { watchers: 0 } });
  });

  test.each([
    { action: "sync" },
    { action: "watch", tickers: ["A"] },
    { action: "unwatch", tickers: ["A"] },
    { action: "dance" },
  ])(
    "%j on a connection missing from the graph returns unknown-connection and closes the socket",
    async (message) => {
      await using graph = openGraph(stack.graph);
      await using watcher = await Watcher.connect(stack);
      await graph.subscriptions.deleteConnection(await watcher.watch("AAPL"));
      expect(await watcher.ask(message)).toEqual({
        action: "error",
        code: "unknown-connection",
        message: "This connection is not known any more. Connect again.",
      });
      expect(await watcher.closed).toBe(1000);
      expect(watcher.frames).toHaveLength(2);
    },
  );
});

describe("operations", () => {
  const DEEP = "[".repeat(5_000) + "]".repeat(5_000);

  test.each([
    ["an array nested 5,000 levels deep", DEEP],
    ["a name nested 5,000 levels deep", `{"operation":${DEEP}}`],
    ["a field nested 5,000 levels deep", `{"operation":"user","userId":${DEEP}}`],
    ["a number beyond the double range", "1e999"],
    ["the key __proto__", '{"operation":"clean","__proto__":1}'],
    ["an empty string", '""'],
  ])("an operation with %s returns a problem and no function error", async (_name, payload) => {
    const lambda = new LambdaClient({ ...asOperator(stack), endpoint: stack.endpoints.lambda });
    const { operate } = stack.outputs["functionNames"] as { readonly operate: string };
    const command = new InvokeCommand({ FunctionName: operate, Qualifier: "next", Payload: payload });
    const { FunctionError, Payload } = await lambda.send(command);
    expect([FunctionError, JSON.parse(Buffer.from(Payload ?? []).toString())]).toEqual([
      undefined,
      { problem: expect.stringMatching(/^Expected /) },
    ]);
  });
});

describe("WebSocket handshakes", () => {
  /** The HTTP status of a rejected handshake, or the subprotocol of an accepted one. */
  async function upgrade(protocols: readonly string[], origin?: string): Promise<number | string> {
    const socket = new WebSocket(
      output(stack, "watchUrl"),
      [...protocols],
      origin === undefined ? {} : { origin },
    );
    return await new Promise((resolve) => {
      socket.on("error", () => {});
      socket.once("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
      socket.once("open", () => {
        resolve(socket.protocol);
        socket.close();
      });
    });
  }

  test("a handshake with a foreign origin and a valid token returns 403", async () => {
    const protocols = protocolsWith(await mintToken(stack, "ann"));
    expect(await upgrade(protocols, "https://elsewhere.example")).toBe(403);
  });

  test("a handshake without an origin is accepted", async () => {
    expect(await upgrade(protocolsWith(await mintToken(stack, "ann")))).toBe("ticker-watch");
  });

  const ownHost = (name: "watchUrl" | "publishUrl") => new URL(output(stack, name)).host;

  test.each(["http", "https", "ws", "wss", "HTTP"])(
    "a handshake with the origin %s:// and the host of the API, as WebSocket libraries send, is accepted",
    async (scheme) => {
      const protocols = protocolsWith(await mintToken(stack, "ann"));
      expect(await upgrade(protocols, `${scheme}://${ownHost("watchUrl")}`)).toBe("ticker-watch");
    },
  );

  test("a rejected foreign origin is logged with the accepted origins", async () => {
    const protocols = protocolsWith(await mintToken(stack, "ann"));
    for (const origin of ["null", `http://127.0.0.1:1`, `http://${ownHost("publishUrl")}`]) {
      expect(await upgrade(protocols, origin)).toBe(403);
      const expected = [output(stack, "pageUrl"), `https://${ownHost("watchUrl")}`];
      await expect.poll(() => rejectedOrigins(stack)).toContainEqual({ level: "WARN", origin, expected });
    }
  });

  test("a handshake from the watch page returns the subprotocol and not the token", async () => {
    const protocols = protocolsWith(await mintToken(stack, "ann"));
    expect(await upgrade(protocols, output(stack, "pageUrl"))).toBe("ticker-watch");
  });
});
