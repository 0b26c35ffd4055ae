import { expect, test } from "vitest";
import { startStack } from "#emulator/stack.ts";
import { publish, Watcher } from "#support/clients.ts";

/* A stopped graph server. Does not prove the behaviour during a Neptune failover, which keeps the data. */
test("publishes and messages return a retryable error and sockets stay open without the graph", async () => {
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
