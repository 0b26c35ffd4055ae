import { expect, test } from "vitest";
import { startStack } from "#emulator/stack.ts";
import { publish, Watcher } from "#support/clients.ts";

/* Does not prove what a failover of Neptune looks like: here the graph is gone, and with it what it held. */
test("while the graph is gone, publishers and browsers are told to try again, and the sockets stay", async () => {
  await using stack = await startStack();
  await using watcher = await Watcher.connect(stack);
  await watcher.watch("AAPL");
  await stack.graph[Symbol.asyncDispose]();

  const [published, answered, connected] = await Promise.all([
    publish(stack, "ticker=AAPL&price=1"),
    watcher.ask({ action: "watch", tickers: ["GOOG"] }),
    Watcher.connect(stack).catch((error: Error) => error.message),
  ]);
  expect(published).toEqual({
    status: 503,
    body: "graph unavailable: price may be stored, no watcher notified; safe to retry",
  });
  expect(answered).toEqual({
    action: "error",
    code: "internal",
    message: "Something went wrong on our side. Send the message again.",
  });
  expect(connected).toBe("Unexpected server response: 502");
});
