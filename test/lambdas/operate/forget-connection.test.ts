import { expect, test } from "vitest";
import { forgetConnection } from "#lambdas/operate/forget-connection.ts";
import { subscriptionsWith } from "#support/ports.ts";

/* The order of closing and deleting a connection, over fake ports. */
function ports(canClose: boolean) {
  const calls: string[] = [];
  const subscriptions = subscriptionsWith({
    async deleteConnection(connectionId, openedBefore) {
      calls.push(`forget ${connectionId} ${openedBefore}`);
    },
  });
  const connections = {
    post: () => expect.fail("Expected nothing to be posted."),
    async close(connectionId: string) {
      calls.push(`close ${connectionId}`);
      return canClose;
    },
  };
  return { subscriptions, connections, calls };
}

test("forgetConnection closes a connection and then deletes it, whatever its age", async () => {
  const { calls, ...rest } = ports(true);
  expect(await forgetConnection(rest, "a=")).toEqual({ closed: true, forgotten: true });
  expect(calls).toEqual(["close a=", "forget a= undefined"]);
});

test("forgetConnection keeps a connection that cannot be closed", async () => {
  const { calls, ...rest } = ports(false);
  expect(await forgetConnection(rest, "a=")).toEqual({ closed: false, forgotten: false });
  expect(calls).toEqual(["close a="]);
});
