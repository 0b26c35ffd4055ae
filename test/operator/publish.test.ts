/* Commands that post prices, against a fake server. */
import { expect, test } from "vitest";
import { type Answer, fakeStack } from "./fake-stack.ts";
import { runInProcess } from "./run-operator.ts";

async function run(args: readonly string[], answer?: Answer, outputs?: object) {
  const stack = await fakeStack({ ...(answer && { publish: () => answer }), ...(outputs && { outputs }) });
  const ended = await runInProcess([...args, "--directory", stack.directory]);
  return { ...ended, posts: stack.posts };
}

test("publish posts the prices as a form in cents", async () => {
  const { code, stdout, stderr, posts } = await run(["publish", "aapl=24.00", "GOOG=313", "^X=-0.05"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(posts).toEqual([
    {
      authorization: undefined,
      form: "ticker=AAPL&price=2400&ticker=GOOG&price=31300&ticker=%5EX&price=-5",
    },
  ]);
  expect(stdout).toBe(`TICKER    PRICE
AAPL     $24.00
GOOG    $313.00
^X       −$0.05

3 prices published: 3 watchers, 2 delivered, 1 disconnected
`);
});

test("publish sends the token of the stack", async () => {
  const { posts } = await run(["publish", "AAPL=1"], undefined, { publishToken: "a.b.c" });
  expect(posts[0]?.authorization).toBe("Bearer a.b.c");
});

test("publish counts superseded prices separately", async () => {
  const body = { quotes: 1, superseded: 1, watchers: 1, delivered: 1, gone: 0, closed: 0 };
  const { code, stdout } = await run(["publish", "A=1", "B=2"], { status: 200, body });
  expect(code).toBe(0);
  expect(stdout).toContain("1 price published, 1 superseded by a later price: 1 watcher, 1 delivered\n");
});

test("publish --json prints the summary unmodified", async () => {
  const { stdout } = await run(["publish", "AAPL=1", "--json"]);
  expect(JSON.parse(stdout)).toEqual({ quotes: 1, watchers: 3, delivered: 2, gone: 1, closed: 0 });
});

test("publish exits with 2 for an invalid amount and posts nothing", async () => {
  const { code, stderr, posts } = await run(["publish", "AAPL=1.234"]);
  expect([code, posts]).toEqual([2, []]);
  expect(stderr).toContain('got "AAPL=1.234".\nSee: npm run ticker -- publish --help');
});

test.each([
  [{ status: 401, body: {} }, undefined, "the stack has no output publishToken"],
  [{ status: 403, body: {} }, { publishToken: "old" }, "may have expired or belong to another stack"],
  [{ status: 400, body: "not a number: x\n" }, undefined, "returned 400: not a number: x"],
  [{ status: 429, body: {} }, undefined, "Post less often."],
  [
    { status: 503, body: { quotes: 1, watchers: 3, delivered: 1, gone: 0, closed: 0, failed: 2 } },
    undefined,
    "Delivery to 2 of 3 watchers failed (503). Publish again; it is safe to retry.",
  ],
  [{ status: 200, body: "<html>" }, undefined, "returned 200: <html>"],
])("publish explains a failed post (%#)", async (answer, outputs, explanation) => {
  const { code, stdout, stderr } = await run(["publish", "AAPL=1"], answer, outputs);
  expect([code, stdout, stderr]).toEqual([1, "", expect.stringContaining(explanation)]);
});

test("publish exits with 1 when the publish URL refuses the connection", async () => {
  const { code, stderr } = await run(["publish", "AAPL=1"], undefined, {
    publishUrl: "http://127.0.0.1:2/x",
  });
  expect([code, stderr]).toEqual([
    1,
    "Could not connect to http://127.0.0.1:2/x: ECONNREFUSED. Is the stack running?\n",
  ]);
});

test("load posts each ticker at most once per post, at the given rate", async () => {
  const { code, stdout, posts } = await run([
    "load",
    "--tickers",
    "30",
    "--rate",
    "600",
    "--seconds",
    "1",
    "--json",
  ]);
  const summary = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(summary).toMatchObject({ quotes: 600, posts: posts.length, failures: 0 });
  for (const { form } of posts) {
    const tickers = new URLSearchParams(form).getAll("ticker");
    expect(tickers.length).toBeLessThanOrEqual(30);
    expect(new Set(tickers).size).toBe(tickers.length);
  }
});

test("load continues after failed posts and exits with 1", async () => {
  const { code, stdout, stderr } = await run(["load", "--rate", "10", "--seconds", "1", "--json"], {
    status: 503,
    body: "graph unavailable",
  });
  const { posts, failures } = JSON.parse(stdout);
  expect([code, failures]).toEqual([1, posts]);
  expect(posts).toBeGreaterThan(1);
  expect(stderr).toContain("returned 503: graph unavailable");
});

test("load stops at once when the token is rejected", async () => {
  const { code, stdout, stderr } = await run(["load", "--seconds", "3600"], { status: 401, body: {} });
  expect([code, stdout, stderr]).toEqual([1, "", expect.stringContaining("no output publishToken")]);
});
