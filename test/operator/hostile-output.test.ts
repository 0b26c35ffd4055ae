/* Output of each command for service data that contains terminal control sequences. */
import { expect, test } from "vitest";
import { ANY_CONTROL } from "#support/control-characters.ts";
import { quote } from "../page/feed.ts";
import { fakeStack } from "./fake-stack.ts";
import { runInProcess, startInProcess } from "./run-operator.ts";

const EVIL = "x\u001b[2J\u001b]0;title\u0007\u009b31m\r\n\u202eevil\u2028\u200b\ud83d";
const at = "2025-01-02T03:04:05.000Z";
const evilQuote = { ticker: EVIL, price: 1, version: 1, at };
const evilBasket = { name: EVIL, version: 1, tickers: [EVIL] };

const withoutLineBreaks = (text: string) => text.replaceAll("\n", "");

const answers: readonly (readonly [command: string, answer: unknown])[] = [
  ["watchers AAPL", { ticker: EVIL, quote: evilQuote, watchers: 1, connections: [{ id: EVIL, user: EVIL }] }],
  ["prices", { quotes: [evilQuote] }],
  [
    "user ann",
    {
      user: { id: EVIL, version: 1 },
      tickers: [EVIL],
      baskets: [evilBasket],
      connections: [EVIL],
      quotes: [evilQuote],
    },
  ],
  ["basket B", { basket: evilBasket, quotes: [evilQuote], watchers: 1 }],
  [
    "connections",
    {
      connections: [{ id: EVIL, connectedAt: EVIL, expiresAt: EVIL, user: EVIL, tickers: 1 }],
      total: 1,
    },
  ],
  ["prices", { problem: EVIL }],
  ["prices --json", { quotes: [evilQuote] }],
];

test.each(answers)("%s strips control characters from the response", async (command, answer) => {
  const { directory } = await fakeStack({ operate: () => answer });
  const { stdout, stderr } = await runInProcess([...command.split(" "), "--directory", directory], {
    FORCE_COLOR: "1",
  });
  expect(stdout + stderr).toContain("evil");
  expect(withoutLineBreaks(stdout + stderr)).not.toMatch(ANY_CONTROL);
  if (command.endsWith("--json")) expect(JSON.parse(stdout)).toEqual(answer);
});

test.each([
  [
    "a failed function",
    { body: { errorType: EVIL, errorMessage: EVIL }, headers: { "x-amz-function-error": "Unhandled" } },
  ],
  ["a response that is not JSON", { body: EVIL }],
  ["a service error", { status: 400, body: { Message: EVIL }, headers: { "x-amzn-errortype": "evil" } }],
])("reports %s without control characters and exits with 1", async (_what, answer) => {
  const { directory } = await fakeStack({ invoke: () => answer });
  const { code, stdout, stderr } = await runInProcess(["prices", "--directory", directory]);
  expect([code, stdout]).toEqual([1, ""]);
  expect(withoutLineBreaks(stderr)).not.toMatch(ANY_CONTROL);
});

test.each(["AAPL=1", EVIL])(
  "publish %j strips control characters from a rejection and from its arguments",
  async (arg) => {
    const { directory } = await fakeStack({ publish: () => ({ status: 400, body: EVIL }) });
    const { stdout, stderr } = await runInProcess(["publish", arg, "--directory", directory]);
    expect(stderr).toContain("evil");
    expect(withoutLineBreaks(stdout + stderr)).not.toMatch(ANY_CONTROL);
  },
);

test.each([
  ["--user", "ann"],
  ["--user", "ann", "--json"],
])("watch %s %s strips control characters from messages", async (...args) => {
  const { directory, feed } = await fakeStack();
  const running = startInProcess(["watch", ...args, "--directory", directory], { FORCE_COLOR: "1" });
  const connection = await feed.connections.next();
  await connection.messages.next();
  connection.send({ action: "notice", message: EVIL });
  connection.answer(
    { watching: [EVIL], baskets: [evilBasket], user: { id: "ann", version: 1 } },
    quote(EVIL, 100, 1),
  );
  await running.lines.next();
  running.interrupt();
  const { stdout, stderr } = await running.ended;
  expect(stdout).toContain("evil");
  expect(stderr).toContain("evil");
  expect(withoutLineBreaks(stdout + stderr)).not.toMatch(ANY_CONTROL);
});

test("watch strips control characters from a rejection", async () => {
  const { directory, feed } = await fakeStack();
  const { ended } = startInProcess(["watch", "--user", "ann", "--directory", directory]);
  const connection = await feed.connections.next();
  await connection.messages.next();
  connection.refuse("unauthorized", EVIL);
  const { code, stderr } = await ended;
  expect([code, withoutLineBreaks(stderr)]).toEqual([1, expect.stringContaining("evil")]);
  expect(withoutLineBreaks(stderr)).not.toMatch(ANY_CONTROL);
});
