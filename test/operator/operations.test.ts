/* Commands that invoke the operate function, against a fake one. Does not prove the responses of the real function. */
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { type Behaviour, fakeStack, type Operation } from "./fake-stack.ts";
import { runInProcess, runOperator } from "./run-operator.ts";

const at = "2025-01-02T03:04:05.000Z";
const aapl = { ticker: "AAPL", price: 2400, version: 7, at };
const goog = { ticker: "GOOG", price: 31_300, version: 1, at };
const VERSION = Date.parse(at);
const faang = { name: "FAANG", version: VERSION, tickers: ["AAPL", "META"] };

/** Runs a command on a fake stack whose operate function returns `answer`. */
async function run(args: readonly string[], answer: unknown, behaviour: Behaviour = {}) {
  const stack = await fakeStack({ operate: () => answer, ...behaviour });
  const ended = await runInProcess([...args, "--directory", stack.directory]);
  return { ...ended, ...stack };
}

const cases: readonly (readonly [string, Operation, unknown, string])[] = [
  [
    "watchers aapl",
    { operation: "watchers", ticker: "AAPL" },
    {
      ticker: "AAPL",
      quote: aapl,
      watchers: 2,
      connections: [{ id: "a=", user: "user003" }, { id: "bbb=" }],
    },
    "AAPL  $24.00 at 2025-01-02 03:04  2 watchers\n\nCONNECTION  USER\na=          user003\nbbb=\n",
  ],
  [
    "watchers T",
    { operation: "watchers", ticker: "T" },
    { ticker: "T", watchers: 0, connections: [] },
    "T  no price yet  0 watchers\n",
  ],
  [
    "prices",
    { operation: "prices" },
    { quotes: [aapl, goog] },
    "TICKER    PRICE  TIME\nAAPL     $24.00  2025-01-02 03:04\nGOOG    $313.00  2025-01-02 03:04\n",
  ],
  [
    "prices user003",
    { operation: "prices", userId: "user003" },
    { quotes: [aapl] },
    "TICKER   PRICE  TIME\nAAPL    $24.00  2025-01-02 03:04\n",
  ],
  [
    "user user003",
    { operation: "user", userId: "user003" },
    {
      user: { id: "user003", version: VERSION },
      tickers: ["GOOG"],
      baskets: [faang],
      connections: ["a="],
      quotes: [aapl, goog],
    },
    `user003  changed 2025-01-02 03:04  1 ticker, 1 basket, 1 connection

TICKER         PRICE  TIME
GOOG         $313.00  2025-01-02 03:04
AAPL          $24.00  2025-01-02 03:04
META    no price yet

BASKET  CHANGED           TICKERS
FAANG   2025-01-02 03:04  AAPL META

CONNECTION
a=
`,
  ],
  [
    "basket FAANG",
    { operation: "basket", name: "FAANG" },
    { basket: faang, quotes: [aapl], watchers: 1 },
    `FAANG  changed 2025-01-02 03:04  2 tickers, 1 watcher

TICKER         PRICE  TIME
AAPL          $24.00  2025-01-02 03:04
META    no price yet
`,
  ],
  [
    "basket FAANG = meta AAPL META",
    { operation: "basket", name: "FAANG", tickers: ["META", "AAPL"] },
    { basket: faang, watchers: 1200, queued: 1200 },
    "FAANG  changed 2025-01-02 03:04  AAPL META\n1,200 watchers, 1,200 queued\n",
  ],
  [
    "basket FAANG =",
    { operation: "basket", name: "FAANG", tickers: [] },
    {
      basket: { name: "FAANG", version: VERSION, tickers: [] },
      watchers: 3,
      delivered: 1,
      gone: 1,
      closed: 1,
    },
    "FAANG  changed 2025-01-02 03:04  empty\n3 watchers, 1 delivered, 1 disconnected, 1 closed (will reconnect)\n",
  ],
  [
    "connections",
    { operation: "connections" },
    {
      connections: [
        { id: "a=", connectedAt: at, expiresAt: at, user: "user003", tickers: 12, baskets: 1 },
        { id: "bbb=", connectedAt: at, expiresAt: at, tickers: 0, baskets: 0 },
      ],
      total: 2,
    },
    `CONNECTION  USER     TICKERS  BASKETS  CONNECTED         EXPIRES
a=          user003       12        1  2025-01-02 03:04  2025-01-02 03:04
bbb=                       0        0  2025-01-02 03:04  2025-01-02 03:04

2 connections
`,
  ],
  [
    "forget a=",
    { operation: "forget", connectionId: "a=" },
    { closed: true, forgotten: true },
    "a=  closed, deleted\n",
  ],
];

test.each(cases)("%s sends its operation and prints the response", async (line, operation, answer, shown) => {
  const { code, stdout, stderr, operations, paths } = await run(line.split(" "), answer);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: shown, stderr: "" });
  expect(operations).toEqual([operation]);
  expect(paths).toEqual(["/2015-03-31/functions/operate-1234567/invocations?Qualifier=next"]);
});

test("signs an operation with the credentials in the outputs of the stack", async () => {
  const credentials = { accessKeyId: "AKIALOCAL", secretAccessKey: "secret" };
  const { signatures } = await run(["prices"], { quotes: [] }, { outputs: { credentials } });
  expect(signatures[0]).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIALOCAL\/\d{8}\/us-east-1\/lambda\/aws4_request,/,
  );
});

test("--json prints the response unmodified, with unknown fields", async () => {
  const answer = { quotes: [aapl], truncated: false, more: { news: 1 } };
  const { code, stdout } = await run(["prices", "--json"], answer);
  expect([code, JSON.parse(stdout)]).toEqual([0, answer]);
});

test("prices reports a truncated list on standard error", async () => {
  const { stderr } = await run(["prices"], { quotes: [aapl], truncated: true });
  expect(stderr).toBe("The list is truncated: there are more prices than fit in one response.\n");
});

test.each([
  [[], ""],
  [["--json"], '{\n  "closed": false,\n  "forgotten": false\n}\n'],
])("forget %j exits with 1 when the connection could not be closed", async (args, shown) => {
  const answer = { closed: false, forgotten: false };
  const { code, stdout, stderr } = await run(["forget", "x=", ...args], answer);
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: shown,
    stderr: "Could not close the connection x=; it was not deleted. Try again in a moment.\n",
  });
});

test("prints a problem on standard error and exits with 1", async () => {
  const { code, stdout, stderr } = await run(["prices"], { problem: "Expected\u001b[2J more." });
  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: "", stderr: "Expected more.\n" });
});

test("exits with 1 for an unexpected response", async () => {
  const { code, stderr } = await run(["prices"], { rows: [] });
  expect([code, stderr]).toEqual([1, expect.stringContaining("returned an unexpected response to prices")]);
});

const lambdaError = (status: number, type: string, message: string) => () => ({
  status,
  headers: { "content-type": "application/json", "x-amzn-errortype": type },
  body: { Message: message },
});

test.each([
  [
    lambdaError(403, "AccessDeniedException", "no"),
    "You need lambda:InvokeFunction on the function operate-1234567:next.",
  ],
  [
    lambdaError(404, "ResourceNotFoundException", "no"),
    "There is no function operate-1234567:next in us-east-1",
  ],
  [lambdaError(403, "ExpiredTokenException", "no"), "Sign in again: aws sso login"],
  [
    () => ({
      headers: { "x-amz-function-error": "Unhandled" },
      body: { errorType: "GraphError", errorMessage: "gone" },
    }),
    "The function operate-1234567 failed: GraphError: gone",
  ],
])("explains an error of Lambda (%#)", async (invoke, explanation) => {
  const { code, stdout, stderr } = await run(["prices"], undefined, { invoke });
  expect([code, stdout, stderr]).toEqual([1, "", expect.stringContaining(explanation)]);
});

test("names npm start when the Lambda endpoint of a local stack refuses connections", async () => {
  // Port 2 is not in use.
  const lambda = "http://127.0.0.1:2";
  const { code, stdout, stderr } = await run(["prices"], undefined, { outputs: { endpoints: { lambda } } });
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: "",
    stderr: `Connection refused at ${lambda}; is \`npm start\` running?\n`,
  });
});

test.each([
  [["--stack", "acme/ticker-watch/dev"], "/ticker-watch/dev/operate"],
  [["--stack", "dev"], "/ticker-watch/dev/operate"],
])("names the log group of a failed deployed function (%j)", async (choice, log) => {
  const failed = {
    headers: { "x-amz-function-error": "Unhandled" },
    body: { errorType: "GraphError", errorMessage: "gone" },
  };
  const { directory } = await fakeStack({ invoke: () => failed });
  const text = readFileSync(join(directory, "outputs.json"), "utf8");
  const { endpoints } = JSON.parse(text) as { readonly endpoints: { readonly lambda: string } };
  writeFileSync(join(directory, "pulumi"), `#!/bin/sh\necho '${text}'\n`, { mode: 0o755 });
  const { code, stderr } = await runInProcess(["prices", ...choice], {
    PATH: `${directory}${delimiter}${process.env["PATH"]}`,
    AWS_ENDPOINT_URL_LAMBDA: endpoints.lambda,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "AKIADEPLOYED",
    AWS_SECRET_ACCESS_KEY: "secret",
  });
  expect([code, stderr]).toEqual([
    1,
    `The function operate-1234567 failed: GraphError: gone\nLog: aws logs tail ${log}\n`,
  ]);
});

test("clean exits with 1 and deletes nothing without --yes when stdin is not a TTY", async () => {
  const { directory, operations } = await fakeStack();
  // A process, because only its standard input is the real one.
  const { code, stderr } = await runOperator(["clean", "--directory", directory]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("stdin is not a TTY; pass --yes.")]);
  expect(operations).toEqual([]);
});

test("clean repeats the operation until it is done", async () => {
  const answers = [
    { closed: 2, dropped: 500, done: false },
    { closed: 0, dropped: 500, done: false },
    { closed: 1, dropped: 20, done: true },
  ];
  const { code, stdout, stderr } = await run(["clean", "--yes"], undefined, {
    operate: () => answers.shift(),
  });
  const total = "3 connections closed, 1,020 vertices dropped";
  expect({ code, stdout }).toEqual({ code: 0, stdout: `Emptied the stack on this machine: ${total}\n` });
  expect(stderr.trimEnd().split("\n")).toEqual([
    "Round 1: 2 connections closed, 500 vertices dropped",
    "Round 2: 2 connections closed, 1,000 vertices dropped",
    `Round 3: ${total}`,
  ]);
});

test("clean continues after rounds that drop only edges, which are not counted", async () => {
  let rounds = 0;
  const operate = () => ({ closed: 0, dropped: 0, done: ++rounds === 20 });
  const { code, operations } = await run(["clean", "--yes"], undefined, { operate });
  expect([code, operations.length]).toEqual([0, 20]);
});

test("clean exits with 1 when connections cannot be closed", async () => {
  const answer = { closed: 0, failed: 2, dropped: 0, done: false };
  const { code, stderr, operations } = await run(["clean", "--yes"], answer);
  expect([code, operations.length]).toEqual([1, 3]);
  expect(stderr).toContain("2 connections could not be closed, and no data is deleted while they are open.");
});

test("seed publishes 2,000 tickers and creates 100 users, the same in every run", async () => {
  const watching = { user: { id: "user001", version: 1 }, watching: 20 };
  const first = await run(["seed"], watching);
  const second = await run(["seed"], watching);
  expect(first.code).toBe(0);
  expect(first.posts.length).toBe(20);
  const tickers = first.posts.flatMap(({ form }) => new URLSearchParams(form).getAll("ticker"));
  expect([new Set(tickers).size, tickers.includes("T0001"), tickers.includes("T2000")]).toEqual([
    2_000,
    true,
    true,
  ]);
  const byUser = (operations: readonly Operation[]) =>
    new Map(
      operations.map(({ operation, userId, tickers, baskets }) => [userId, { operation, tickers, baskets }]),
    );
  expect(byUser(first.operations).size).toBe(100);
  expect(byUser(first.operations).get("user100")).toMatchObject({ operation: "watch", baskets: [] });
  expect(byUser(second.operations)).toEqual(byUser(first.operations));
  const sorted = (posts: typeof first.posts) => posts.map(({ form }) => form).toSorted();
  expect(sorted(second.posts)).toEqual(sorted(first.posts));
});
