import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type LocalStack, startStack } from "#emulator/stack.ts";
import { asOperator, publish, Watcher } from "#support/clients.ts";
import { openGraph } from "#support/graph.ts";
import { output } from "#support/output.ts";
import { asPublisher, mintToken, protocolsWith } from "#support/tokens.ts";

/*
 * What is refused, in the words of docs/protocol.md, through the whole stack; and that nothing is stored or sent for it.
 * Bounds one by one are the parsers' own tests.
 */
let stack: LocalStack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

/** What the functions have logged about origins that they refused. */
const refusedOrigins = ({ logs }: LocalStack): readonly unknown[] =>
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

describe("a post", () => {
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
    ["no type", 400, "must use content type application/x-www-form-urlencoded", { method: "POST" }],
    ["one price too few", 400, "mismatched tickers and prices: 2 1", form("ticker=X&price=1&ticker=Y")],
    ["a price that is none", 400, "not a number: 12.5x", form("ticker=X&price=1&ticker=Y&price=12.5x")],
    [
      "a price in dollars",
      400,
      "not a number: 24.00 (expected whole cents, for example 2400)",
      form("ticker=X&price=24.00"),
    ],
    [
      "an ampersand that is not encoded",
      400,
      "unknown field: M.NS (expected ticker, price, connId, time; encode & as %26, with curl use --data-urlencode)",
      form("ticker=M&M.NS&price=312500"),
    ],
    ["letters outside ASCII", 400, "bad ticker: Märkte 😀", form("ticker=M%C3%A4rkte 😀&price=1")],
    ["nothing", 400, "no quotes", form("")],
    ["a ticker that is none", 400, "bad ticker: A B", form("ticker=X&price=1&ticker=A+B&price=1")],
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
  ])("with %s is answered %d %j", async (_what, status, text, init) => {
    expect(await post(init)).toEqual([status, text]);
  });

  test.each(["/elsewhere", "/broadcast/", "/x?ticker=A", "//"])(
    "to the path %s returns 404 and the paths that exist",
    async (path) => {
      expect(await post(form("ticker=X&price=1"), path)).toEqual([
        404,
        `no such path: ${path.split("?")[0]} (POST / publishes prices, POST /broadcast sends a notice)`,
      ]);
    },
  );

  test("with GET to any path returns 400 must use POST", async () => {
    for (const path of ["/broadcast", "/x"]) expect(await post({}, path)).toEqual([400, "must use POST"]);
  });

  test.each([
    ["percent-encoded", "message=M%E4rkte"],
    ["raw", Buffer.from("message=M\xe4rkte", "latin1")],
  ])("with %s bytes that are not UTF-8 returns 400", async (_what, body) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    for (const path of ["", "/broadcast"]) {
      expect(await post({ method: "POST", body, headers }, path)).toEqual([
        400,
        expect.stringMatching(/^not UTF-8: /),
      ]);
    }
  });

  test("with a time in the future returns 400", async () => {
    const [status, text] = await post(form(`ticker=X&price=1&time=${Date.now() + 60_000}`));
    expect([status, text]).toEqual([400, expect.stringMatching(/^time too far ahead: \d+ /)]);
  });

  test("from another site's page is refused", async () => {
    const init = { ...form("ticker=X&price=1"), headers: { origin: "https://elsewhere.example" } };
    expect(await post(init)).toEqual([403, `foreign origin: expected ${output(stack, "pageUrl")}`]);
  });

  test("accepts a post with the API's own host as origin, and logs a foreign origin", async () => {
    const { host } = new URL(output(stack, "publishUrl"));
    const sent = { ...form("ticker=OWN-HOST&price=1"), headers: { origin: `http://${host}` } };
    expect(await post(sent)).toMatchObject([200, expect.stringContaining('"quotes":1')]);
    const foreign = { ...form("ticker=X&price=1"), headers: { origin: "https://logged.example" } };
    expect(await post(foreign)).toEqual([403, `foreign origin: expected ${output(stack, "pageUrl")}`]);
    const expected = [output(stack, "pageUrl"), `https://${host}`];
    await expect
      .poll(() => refusedOrigins(stack))
      .toContainEqual({ level: "WARN", origin: "https://logged.example", expected });
  });

  test("of the page itself is let in, and its script may read the answer", async () => {
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

  test("that is refused stores nothing, not even its good half", async () => {
    await using watcher = await Watcher.connect(stack);
    expect(await watcher.ask({ action: "watch", tickers: ["X"] })).toMatchObject({ quotes: [] });
  });
});

describe("a message", () => {
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
      "a ticker that is none",
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
      "an action that there is not",
      { action: "dance" },
      "not-implemented",
      'Expected `action` to be watch, unwatch, user, authorize, sync or ping, got "dance".',
    ],
    [
      "API Gateway's own $connect",
      { action: "$connect" },
      "not-implemented",
      'Expected `action` to be watch, unwatch, user, authorize, sync or ping, got "$connect".',
    ],
    [
      "tickers nested 10,000 deep",
      `{"action":"watch","tickers":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
      "bad-message",
      "Expected `tickers` to be a list of 1 to 100 strings, or `baskets` one of 1 to 20.",
    ],
  ])("with %s is answered with an error, and the socket stays", async (_what, message, code, text) => {
    await using watcher = await Watcher.connect(stack);
    expect(await watcher.ask(message)).toEqual({ action: "error", code, message: text });
    expect(await watcher.ask({ action: "ping", name: "still here" })).toEqual({
      action: "pong",
      name: "still here",
    });
  });

  test("that would make 501 tickers is refused whole", async () => {
    await using watcher = await Watcher.connect(stack);
    for (const letter of ["A", "B", "C", "D", "E"]) await watcher.watch(...list(100, letter));
    expect(await watcher.ask({ action: "watch", tickers: ["A1", "ONE-MORE"] })).toEqual({
      action: "error",
      code: "too-many",
      message:
        "Expected at most 500 tickers and baskets a connection, and at most 20 baskets; this one watches 500 tickers and 0 baskets.",
    });
    // What it watches already may be asked for again.
    expect(await watcher.ask({ action: "watch", tickers: ["A1"] })).toMatchObject({ action: "quotes" });
    expect(await publish(stack, "ticker=ONE-MORE&price=1")).toMatchObject({ body: { watchers: 0 } });
  });

  test.each([
    { action: "sync" },
    { action: "watch", tickers: ["A"] },
    { action: "unwatch", tickers: ["A"] },
    { action: "dance" },
  ])(
    "%j of a connection that the graph has forgotten is answered so, and the socket closed",
    async (message) => {
      await using graph = openGraph(stack.graph);
      await using watcher = await Watcher.connect(stack);
      await graph.subscriptions.forget(await watcher.watch("AAPL"));
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

describe("an operation", () => {
  const DEEP = "[".repeat(5_000) + "]".repeat(5_000);

  test.each([
    ["nested 5,000 deep", DEEP],
    ["with a name that is nested 5,000 deep", `{"operation":${DEEP}}`],
    ["with a field that is nested 5,000 deep", `{"operation":"user","userId":${DEEP}}`],
    ["that is a number beyond all", "1e999"],
    ["with __proto__", '{"operation":"clean","__proto__":1}'],
    ["that is empty", '""'],
  ])("%s returns a problem and no error", async (_what, payload) => {
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

describe("a socket", () => {
  /** The HTTP status of an upgrade that is refused, or the subprotocol of one that is not. */
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

  test("of another site's page is refused, whoever's token it has", async () => {
    const protocols = protocolsWith(await mintToken(stack, "ann"));
    expect(await upgrade(protocols, "https://elsewhere.example")).toBe(403);
  });

  test("of a program, which has no origin, is let in", async () => {
    expect(await upgrade(protocolsWith(await mintToken(stack, "ann")))).toBe("ticker-watch");
  });

  const ownHost = (name: "watchUrl" | "publishUrl") => new URL(output(stack, name)).host;

  test.each(["http", "https", "ws", "wss", "HTTP"])(
    "accepts a socket with the origin %s:// and the API's own host, which WebSocket libraries send",
    async (scheme) => {
      const protocols = protocolsWith(await mintToken(stack, "ann"));
      expect(await upgrade(protocols, `${scheme}://${ownHost("watchUrl")}`)).toBe("ticker-watch");
    },
  );

  test("refuses a socket with a foreign origin, and logs it with the accepted origins", async () => {
    const protocols = protocolsWith(await mintToken(stack, "ann"));
    for (const origin of ["null", `http://127.0.0.1:1`, `http://${ownHost("publishUrl")}`]) {
      expect(await upgrade(protocols, origin)).toBe(403);
      const expected = [output(stack, "pageUrl"), `https://${ownHost("watchUrl")}`];
      await expect.poll(() => refusedOrigins(stack)).toContainEqual({ level: "WARN", origin, expected });
    }
  });

  test("is told the one subprotocol that there is, and never its token", async () => {
    const protocols = protocolsWith(await mintToken(stack, "ann"));
    expect(await upgrade(protocols, output(stack, "pageUrl"))).toBe("ticker-watch");
  });
});
