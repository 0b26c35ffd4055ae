import { expect, test } from "vitest";
import { forgetConnection } from "#lambdas/operate/forget-connection.ts";
import { subscriptionsWith } from "#support/ports.ts";

/* In which order a connection is closed and forgotten. */
function ports(canClose: boolean) {
  const calls: string[] = [];
  const subscriptions = subscriptionsWith({
    async forget(connectionId, openedBefore) {
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

test("a connection is closed and then forgotten, however young", async () => {
  const { calls, ...rest } = ports(true);
  expect(await forgetConnection(rest, "a=")).toEqual({ closed: true, forgotten: true });
  expect(calls).toEqual(["close a=", "forget a= undefined"]);
});

test("a connection that cannot be closed is kept", async () => {
  const { calls, ...rest } = ports(false);
  expect(await forgetConnection(rest, "a=")).toEqual({ closed: false, forgotten: false });
  expect(calls).toEqual(["close a="]);
});
