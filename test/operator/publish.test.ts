/* The commands that post prices, against a server that answers as told. */
import { expect, test } from "vitest";
import { type Answer, fakeStack } from "./fake-stack.ts";
import { runOperator } from "./run-operator.ts";

async function run(words: readonly string[], answer?: Answer, outputs?: object) {
  const stack = await fakeStack({ ...(answer && { publish: () => answer }), ...(outputs && { outputs }) });
  const ended = await runOperator([...words, "--directory", stack.directory]);
  return { ...ended, posts: stack.posts };
}

test("prices are posted as a form, in cents", async () => {
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

3 prices published: 3 watchers, 2 told, 1 gone
`);
});

test("a stack's token goes along", async () => {
  const { posts } = await run(["publish", "AAPL=1"], undefined, { publishToken: "a.b.c" });
  expect(posts[0]?.authorization).toBe("Bearer a.b.c");
});

test("a price that a later one superseded is counted apart", async () => {
  const body = { quotes: 1, superseded: 1, watchers: 1, delivered: 1, gone: 0, closed: 0 };
  const { code, stdout } = await run(["publish", "A=1", "B=2"], { status: 200, body });
  expect(code).toBe(0);
  expect(stdout).toContain("1 price published, 1 superseded by a later price: 1 watcher, 1 told\n");
});

test("--json gives the summary as it came", async () => {
  const { stdout } = await run(["publish", "AAPL=1", "--json"]);
  expect(JSON.parse(stdout)).toEqual({ quotes: 1, watchers: 3, delivered: 2, gone: 1, closed: 0 });
});

test("a bad amount is wrong usage, and nothing is posted", async () => {
  const { code, stderr, posts } = await run(["publish", "AAPL=1.234"]);
  expect([code, posts]).toEqual([2, []]);
  expect(stderr).toContain('got "AAPL=1.234".\nSee: npm run ticker -- publish --help');
});

test.each([
  [{ status: 401, body: {} }, undefined, "it has no output publishToken"],
  [{ status: 403, body: {} }, { publishToken: "old" }, "may have expired, or be of another stack"],
  [{ status: 400, body: "not a number: x\n" }, undefined, "answers 400: not a number: x"],
  [{ status: 429, body: {} }, undefined, "Post fewer."],
  [
    { status: 503, body: { quotes: 1, watchers: 3, delivered: 1, gone: 0, closed: 0, failed: 2 } },
    undefined,
    "2 of 3 watchers could not be told (503). Publish again: repeating is harmless.",
  ],
  [{ status: 200, body: "<html>" }, undefined, "answers 200: <html>"],
])("a post that fails is explained (%#)", async (answer, outputs, explanation) => {
  const { code, stdout, stderr } = await run(["publish", "AAPL=1"], answer, outputs);
  expect([code, stdout, stderr]).toEqual([1, "", expect.stringContaining(explanation)]);
});

test("a stack that is not there any more is said to be so", async () => {
  const { code, stderr } = await run(["publish", "AAPL=1"], undefined, {
    publishUrl: "http://127.0.0.1:2/x",
  });
  expect([code, stderr]).toEqual([
    1,
    "http://127.0.0.1:2/x cannot be reached: ECONNREFUSED. Is the stack still there?\n",
  ]);
});

test("load posts each ticker once in a post, at the rate that is asked for", async () => {
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

test("load goes on when posts fail, and ends with 1", async () => {
  const { code, stdout, stderr } = await run(["load", "--rate", "10", "--seconds", "1", "--json"], {
    status: 503,
    body: "the graph could not be asked",
  });
  const { posts, failures } = JSON.parse(stdout);
  expect([code, failures]).toEqual([1, posts]);
  expect(posts).toBeGreaterThan(1);
  expect(stderr).toContain("answers 503: the graph could not be asked");
});

test("load ends at once when the token is refused", async () => {
  const { code, stdout, stderr } = await run(["load", "--seconds", "3600"], { status: 401, body: {} });
  expect([code, stdout, stderr]).toEqual([1, "", expect.stringContaining("no output publishToken")]);
});
