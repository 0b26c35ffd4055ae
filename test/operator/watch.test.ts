/* The command watch with its output piped, against a server that says what a test has it say. */
import { expect, test } from "vitest";
import { quote } from "../page/feed.ts";
import { fakeStack } from "./fake-stack.ts";
import { runOperator, startOperator } from "./run-operator.ts";

async function start(...words: string[]) {
  const { directory, feed } = await fakeStack();
  // Colours are for terminals, whatever the environment wishes.
  const running = startOperator(["watch", ...words, "--directory", directory], { FORCE_COLOR: "1" });
  return { ...running, feed };
}

test("in a pipe each quote is a plain line, and Ctrl-C ends it with 0", async () => {
  const { child, lines, ended, feed } = await start("aapl", "GOOG", "--basket", "FAANG");
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

test("it comes back when the connection is lost, and asks for everything again", async () => {
  const { child, lines, ended, feed } = await start("AAPL");
  const first = await feed.connections.next();
  await first.messages.next();
  first.answer(["AAPL"], quote("AAPL", 2400, 7));
  await lines.next();
  first.close();
  const second = await feed.connections.next();
  expect(await second.messages.next()).toEqual({ action: "watch", tickers: ["AAPL"] });
  second.answer(["AAPL"], quote("AAPL", 2500, 1));
  expect(await lines.next()).toBe("2025-01-02 03:04  AAPL            $25.00  ▲ +1.00");
  child.kill("SIGINT");
  expect((await ended).stderr).toContain("Connection lost. Reconnecting in 1 s.\n");
});

test("requests what it does not hold when another connection changed the list", async () => {
  const { lines, feed } = await start("--user", "user003");
  const connection = await feed.connections.next();
  await connection.messages.next();
  const user = { id: "user003", version: 1 };
  connection.answer({ watching: ["T"], user }, quote("T", 100, 7));
  expect(await lines.next()).toBe("2025-01-02 03:04  T                $1.00  –");
  // Another screen of the user has added X, and the quote was lost.
  connection.answerTo(undefined, { watching: ["T", "X"], user: { ...user, version: 2 } });
  expect(await connection.messages.next()).toEqual({
    action: "sync",
    quotes: { T: 7 },
    user: { ...user, version: 2 },
  });
  connection.answer({ watching: ["T", "X"], user: { ...user, version: 2 } }, quote("X", 200, 3));
  expect(await lines.next()).toBe("2025-01-02 03:04  X                $2.00  –");
});

test("--json gives a line of JSON for each quote", async () => {
  const { lines, feed } = await start("AAPL", "--json");
  const connection = await feed.connections.next();
  await connection.messages.next();
  connection.answer(["AAPL"], quote("AAPL", 2400, 1), quote("AAPL", 2500, 2));
  const at = (second: number) => new Date(Date.UTC(2025, 0, 2, 3, 4, second)).toISOString();
  expect(JSON.parse(await lines.next())).toEqual({ ticker: "AAPL", price: 2400, at: at(1) });
  expect(JSON.parse(await lines.next())).toEqual({ ticker: "AAPL", price: 2500, change: 100, at: at(2) });
});

test("with --user it shows what the user watches", async () => {
  const { lines, feed } = await start("--user", "user003");
  const connection = await feed.connections.next();
  expect(await connection.messages.next()).toEqual({ action: "user", id: "user003" });
  connection.answer({ watching: ["T"], user: { id: "user003", version: 1 } }, quote("T", 100, 1));
  expect(await lines.next()).toBe("2025-01-02 03:04  T                $1.00  –");
});

test("what the service refuses ends it with 1", async () => {
  const { ended, feed } = await start("--user", "user003");
  const connection = await feed.connections.next();
  await connection.messages.next();
  connection.refuse("unauthorized", "Expected a token.");
  expect(await ended).toMatchObject({ code: 1, stdout: "", stderr: "Connecting…\nExpected a token.\n" });
});

test("a reader that has seen enough ends it quietly", async () => {
  const { child, ended, feed } = await start("AAPL");
  const connection = await feed.connections.next();
  await connection.messages.next();
  child.stdout.destroy();
  connection.answer(["AAPL"], quote("AAPL", 2400, 1));
  expect(await ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining("Error") });
});

test.each([[[]], [["A B"]], [["AAPL", "--basket", "a b"]], [["AAPL", "--loud"]]])(
  "watch %j is wrong usage",
  async (words) => {
    expect((await runOperator(["watch", ...words])).code).toBe(2);
  },
);
