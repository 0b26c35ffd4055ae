import type { Context, SQSEvent } from "aws-lambda";
import { afterEach, expect, test, vi } from "vitest";
import { timeLeftMs } from "#lambdas/deadline.ts";
import type { Ports } from "#lambdas/delivery/deliver.ts";
import { logger } from "#lambdas/log.ts";
import { sockets, streamOf, subscriptionsWith } from "#support/ports.ts";

/*
 * What the handler reports to Lambda and writes to the log. That a message which failed is given again, and at last moved to
 * the dead-letter queue, is for test/flows to show.
 */
const FAULT = new Error("no graph");
const { connections, told } = sockets((id) =>
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
    connectionsOf: (userId) => (userId === "nobody" ? streamOf() : broken()),
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
  told.length = 0;
  leftMs.length = 0;
});

const CONTEXT = { getRemainingTimeInMillis: () => 30_000 } as Context;

/** Hands the handler messages by their bodies: `m0`, `m1` … are their ids. */
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

test("what is done is not reported, and what failed is, message by message", async () => {
  const { failed } = await receive(to("a="), "no json", to("big="), to("b="), to("no="), toUser("Ann"));
  expect(failed).toEqual(["m1", "m2", "m4", "m5"]);
  expect(told.map(([id]) => id).sort()).toEqual(["a=", "b=", "big=", "no="]);
});

test("a message for a user without connections succeeds and is logged once, without its data", async () => {
  expect(await receive(toUser("nobody"))).toEqual({
    failed: [],
    log: [["info", "The user has no connections: nothing was sent", { ...where, userId: "nobody" }]],
  });
});

test.each([
  ["{}", 'Expected {"connectionId":"…","data":…} or {"userId":"…","data":…}, got {}'],
  [to("big="), "Expected data of at most 128 KiB, which is all that API Gateway sends to a connection."],
])("the log says why %s can never succeed", async (body, reason) => {
  expect(await receive(body)).toEqual({
    failed: ["m0"],
    log: [["error", "A message can never succeed", { ...where, reason }]],
  });
});

test("somebody who could be neither reached nor closed is a warning", async () => {
  expect(await receive(to("no="))).toEqual({
    failed: ["m0"],
    log: [["warn", "A message is tried again: somebody could be neither reached nor closed", where]],
  });
});

test("a graph that cannot be asked is a warning with its cause", async () => {
  expect(await receive(toUser("Ann"))).toEqual({
    failed: ["m0"],
    log: [["warn", "A message is tried again", { ...where, error: FAULT }]],
  });
});

test("nothing is begun in the last five seconds of a call", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  expect(await receive(to("a="))).toEqual({ failed: [], log: [] });
  expect(leftMs).toEqual([25_000]);
});
