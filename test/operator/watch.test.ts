/* The command watch with piped output, against a fake watch service. */
import { expect, test } from "vitest";
import { quote } from "../page/feed.ts";
import { fakeStack } from "./fake-stack.ts";
import { runInProcess, startInProcess, startOperator } from "./run-operator.ts";

// A pipe gets no colours, even with FORCE_COLOR.
const environment = { FORCE_COLOR: "1" };

async function start(...args: string[]) {
  const { directory, feed } = await fakeStack();
  return { ...startInProcess(["watch", ...args, "--directory", directory], environment), feed };
}

/** Like `start` in a process, for signals and closed pipes. */
async function startProcess(...args: string[]) {
  const { directory, feed } = await fakeStack();
  return { ...startOperator(["watch", ...args, "--directory", directory], environment), feed };
}

test("prints one plain line per quote in a pipe and exits with 0 on SIGINT", async () => {
  const { child, lines, ended, feed } = await startProcess("aapl", "GOOG", "--basket", "FAANG");
  const connection = await feed.connections.next();
  expect(await connection.messages.next()).toEqual({
    action: "watch",
    tickers: ["AAPL", "GOOG"],
    baskets: ["FAANG"],
  });
  const baskets = [{ name: "FAANG", version: 1, tickers: ["META"] }];
  connection.answer(
    { watching: ["AAPL", "GOOG"], baskets },
    quote("AAPL", 2400, 1),
    quote("META", 50_000, 1),
  );
  expect(await lines.next()).toBe("2025-01-02 03:04  AAPL            $24.00  –");
  expect(await lines.next()).toBe("2025-01-02 03:04  META           $500.00  –");
  connection.sendQuotes(quote("AAPL", 2350, 2));
  connection.sendQuotes(quote("AAPL", 9999, 1));
  connection.sendQuotes(quote("GOOG", 31_300, 1));
  expect(await lines.next()).toBe("2025-01-02 03:04  AAPL            $23.50  ▼ −0.50");
  expect(await lines.next()).toBe("2025-01-02 03:04  GOOG           $313.00  –");
  child.kill("SIGINT");
  expect(await ended).toMatchObject({ code: 0, stderr: "Connecting…\nLive\n" });
  await connection.closed;
});

test("reconnects after a lost connection and sends its subscriptions again", async () => {
  const { interrupt, lines, ended, feed } = await start("AAPL");
  const first = await feed.connections.next();
  await first.messages.next();
  first.answer(["AAPL"], quote("AAPL", 2400, 7));
  await lines.next();
  first.close();
  const second = await feed.connections.next();
  expect(await second.messages.next()).toEqual({ action: "watch", tickers: ["AAPL"] });
  second.answer(["AAPL"], quote("AAPL", 2500, 1));
  expect(await lines.next()).toBe("2025-01-02 03:04  AAPL            $25.00  ▲ +1.00");
  interrupt();
  expect((await ended).stderr).toContain("Connection lost. Reconnecting in 1 s.\n");
});

test("requests missing quotes after another connection changed the list", async () => {
  const { lines, feed } = await start("--user", "user003");
  const connection = await feed.connections.next();
  await connection.messages.next();
  const user = { id: "user003", version: 1 };
  connection.answer({ watching: ["T"], user }, quote("T", 100, 7));
  expect(await lines.next()).toBe("2025-01-02 03:04  T                $1.00  –");
  // Another connection of the user added X, and the quote was lost.
  connection.answerTo(undefined, { watching: ["T", "X"], user: { ...user, version: 2 } });
  expect(await connection.messages.next()).toEqual({
    action: "sync",
    quotes: { T: 7 },
    user: { ...user, version: 2 },
  });
  connection.answer({ watching: ["T", "X"], user: { ...user, version: 2 } }, quote("X", 200, 3));
  expect(await lines.next()).toBe("2025-01-02 03:04  X                $2.00  –");
});

test("watch --json prints one JSON object per line", async () => {
  const { lines, feed } = await start("AAPL", "--json");
  const connection = await feed.connections.next();
  await connection.messages.next();
  connection.answer(["AAPL"], quote("AAPL", 2400, 1), quote("AAPL", 2500, 2));
  const at = (second: number) => new Date(Date.UTC(2025, 0, 2, 3, 4, second)).toISOString();
  expect(JSON.parse(await lines.next())).toEqual({ ticker: "AAPL", price: 2400, at: at(1) });
  expect(JSON.parse(await lines.next())).toEqual({ ticker: "AAPL", price: 2500, change: 100, at: at(2) });
});

test("watch --user shows the watch list of the user", async () => {
  const { lines, feed } = await start("--user", "user003");
  const connection = await feed.connections.next();
  expect(await connection.messages.next()).toEqual({ action: "user", id: "user003" });
  connection.answer({ watching: ["T"], user: { id: "user003", version: 1 } }, quote("T", 100, 1));
  expect(await lines.next()).toBe("2025-01-02 03:04  T                $1.00  –");
});

test("exits with 1 when the service rejects the user", async () => {
  const { ended, feed } = await start("--user", "user003");
  const connection = await feed.connections.next();
  await connection.messages.next();
  connection.refuse("unauthorized", "Expected a token.");
  expect(await ended).toMatchObject({ code: 1, stdout: "", stderr: "Connecting…\nExpected a token.\n" });
});

test("exits with 0 and no error when the reader closes the pipe", async () => {
  const { child, ended, feed } = await startProcess("AAPL");
  const connection = await feed.connections.next();
  await connection.messages.next();
  child.stdout.destroy();
  connection.answer(["AAPL"], quote("AAPL", 2400, 1));
  expect(await ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining("Error") });
});

test.each([[[]], [["A B"]], [["AAPL", "--basket", "a b"]], [["AAPL", "--loud"]]])(
  "watch %j exits with 2",
  async (args) => {
    expect((await runInProcess(["watch", ...args])).code).toBe(2);
  },
);
