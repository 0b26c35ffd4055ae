import type { Context, SQSEvent } from "aws-lambda";
import { afterEach, expect, test, vi } from "vitest";
import { timeLeftMs } from "#lambdas/deadline.ts";
import type { Ports } from "#lambdas/delivery/deliver.ts";
import { logger } from "#lambdas/log.ts";
import { sockets, streamOf, subscriptionsWith } from "#support/ports.ts";

/* Reported batch failures and log lines. Redelivery and the dead-letter queue are tested in test/flows. */
const FAULT = new Error("no graph");
const { connections, posted } = sockets((id) =>
  id === "big=" ? "too-large" : id === "no=" ? "forbidden" : "delivered",
);
const leftMs: number[] = [];
const ports: Ports = {
  connections: {
    ...connections,
    post(connectionId, data) {
      leftMs.push(timeLeftMs());
      return connections.post(connectionId, data);
    },
  },
  subscriptions: subscriptionsWith({
    connectionsOf: (userId) => (userId === "Eve" ? streamOf() : broken()),
  }),
};
async function* broken(): AsyncGenerator<readonly string[]> {
  yield [];
  throw FAULT;
}
vi.mock("#lambdas/open-ports.ts", () => ({
  openSubscriptions: () => ports.subscriptions,
  openConnections: () => ports.connections,
}));
const { handler } = await import("#lambdas/notify/handler.ts");

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  posted.length = 0;
  leftMs.length = 0;
});

const CONTEXT = { getRemainingTimeInMillis: () => 30_000 } as Context;

/** Calls the handler with a batch of these bodies, with the message ids `m0`, `m1`, … */
async function receive(...bodies: readonly string[]) {
  const log: unknown[] = [];
  for (const level of ["error", "warn", "info"] as const) {
    vi.spyOn(logger, level).mockImplementation((...line) => {
      log.push([level, ...line]);
    });
  }
  const Records = bodies.map((body, n) => ({
    messageId: `m${n}`,
    body,
    attributes: { ApproximateReceiveCount: "3" },
  }));
  const { batchItemFailures } = await handler({ Records } as unknown as SQSEvent, CONTEXT);
  return { failed: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier), log };
}

const to = (connectionId: string) => JSON.stringify({ connectionId, data: 1 });
const toUser = (userId: string) => JSON.stringify({ userId, data: 1 });
const where = { messageId: "m0", receiveCount: 3 };

test("handler reports exactly the failed messages of a batch", async () => {
  const { failed } = await receive(to("a="), "no json", to("big="), to("b="), to("no="), toUser("Ann"));
  expect(failed).toEqual(["m1", "m2", "m4", "m5"]);
  expect(posted.map(([id]) => id).sort()).toEqual(["a=", "b=", "big=", "no="]);
});

test("handler logs a message for a user without connections, without its data, and does not fail", async () => {
  expect(await receive(toUser("Eve"))).toEqual({
    failed: [],
    log: [["info", "The user has no connections: nothing was sent", { ...where, userId: "Eve" }]],
  });
});

test.each([
  ["{}", 'Expected {"connectionId":"…","data":…} or {"userId":"…","data":…}, got {}'],
  [to("big="), "Expected data of at most 128 KiB, the API Gateway limit for one message."],
])("handler logs the reason why %s can never succeed", async (body, reason) => {
  expect(await receive(body)).toEqual({
    failed: ["m0"],
    log: [["error", "A message can never succeed", { ...where, reason }]],
  });
});

test("handler logs a warning when a connection could be neither reached nor closed", async () => {
  expect(await receive(to("no="))).toEqual({
    failed: ["m0"],
    log: [["warn", "Message will be retried: a connection could be neither reached nor closed", where]],
  });
});

test("handler logs a warning with the cause when the graph fails", async () => {
  expect(await receive(toUser("Ann"))).toEqual({
    failed: ["m0"],
    log: [["warn", "Message will be retried", { ...where, error: FAULT }]],
  });
});

test("handler starts no request in the last five seconds of an invocation", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  expect(await receive(to("a="))).toEqual({ failed: [], log: [] });
  expect(leftMs).toEqual([25_000]);
});
