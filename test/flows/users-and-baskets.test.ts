import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalStack, startStack } from "#emulator/stack.ts";
import type { QuotesMessage, ServerMessage } from "#protocol/messages.ts";
import { broadcast, delivered, isUpdate, publish, setBasket, Watcher } from "#support/clients.ts";

/* Users, baskets and notices through the local stack with sockets. Does not prove the behaviour of AWS. */
let stack: LocalStack;
beforeAll(async () => {
  stack = await startStack({ config: { userAccess: "open" } });
});
afterAll(() => stack[Symbol.asyncDispose]());

let requests = 0;

/** Sends `message` with a unique `request`, which distinguishes its answer from updates. */
async function ask(watcher: Watcher, message: object): Promise<QuotesMessage> {
  requests += 1;
  const request = String(requests);
  watcher.send({ ...message, request });
  const isAnswer = (frame: ServerMessage) => "request" in frame && frame.request === request;
  const answer = await watcher.frame(isAnswer);
  if (answer.action !== "quotes") throw new Error(`Expected quotes, got ${JSON.stringify(answer)}`);
  return answer;
}

async function connectAs(id: string): Promise<Watcher> {
  const watcher = await Watcher.connect(stack);
  await ask(watcher, { action: "user", id });
  return watcher;
}

const at = expect.any(String);
const quote = (ticker: string, price: number) => ({ ticker, price, version: expect.any(Number), at });

/** The update with a price of `ticker`. */
const updateOf = (watcher: Watcher, ticker: string) =>
  watcher.frame(
    (frame): frame is QuotesMessage => isUpdate(frame) && frame.quotes.some((each) => each.ticker === ticker),
  );

describe("users", () => {
  test("a connection that selects a user gets the stored watch list with its last prices", async () => {
    await publish(stack, "ticker=U1&price=5");
    await using first = await connectAs("u1");
    await ask(first, { action: "watch", tickers: ["U1", "U1-B"] });
    await using second = await Watcher.connect(stack);
    const answer = await ask(second, { action: "user", id: "u1" });
    expect(answer).toEqual({
      action: "quotes",
      "connection-id": answer["connection-id"],
      request: answer.request,
      watching: ["U1", "U1-B"],
      user: { id: "u1", version: expect.any(Number) },
      quotes: [quote("U1", 5)],
    });
  });

  test("a price reaches each connection of a user once, and the list outlives the connections", async () => {
    {
      await using first = await connectAs("u2");
      await using second = await connectAs("u2");
      await ask(first, { action: "watch", tickers: ["U2"] });
      expect(await publish(stack, "ticker=U2&price=1")).toEqual(delivered(1, 2));
      for (const watcher of [first, second]) {
        expect((await updateOf(watcher, "U2")).quotes).toEqual([quote("U2", 1)]);
      }
    }
    await expect
      .poll(async () => (await publish(stack, "ticker=U2&price=2")).body)
      .toMatchObject({ watchers: 0 });
    await using third = await Watcher.connect(stack);
    expect((await ask(third, { action: "user", id: "u2" })).watching).toEqual(["U2"]);
  });

  test("a list change reaches the other connections of the user with the prices of new tickers", async () => {
    await publish(stack, "ticker=U3&price=7");
    await using first = await connectAs("u3");
    await using second = await connectAs("u3");
    await ask(first, { action: "watch", tickers: ["U3", "U3-B"] });
    expect(await second.frame(isUpdate)).toEqual({
      action: "quotes",
      "connection-id": expect.any(String),
      watching: ["U3", "U3-B"],
      user: { id: "u3", version: expect.any(Number) },
      quotes: [quote("U3", 7)],
    });
    await ask(second, { action: "unwatch", tickers: ["U3"] });
    expect(await first.frame(isUpdate)).toMatchObject({
      watching: ["U3-B"],
      user: { id: "u3", version: expect.any(Number) },
      quotes: [],
    });
    expect(await publish(stack, "ticker=U3&price=8")).toEqual(delivered(1, 0));
  });

  test("selecting a user replaces the subscriptions of the connection", async () => {
    await using watcher = await Watcher.connect(stack);
    await watcher.watch("U4-OWN");
    expect((await ask(watcher, { action: "user", id: "u4" })).watching).toEqual([]);
    expect(await publish(stack, "ticker=U4-OWN&price=1")).toEqual(delivered(1, 0));
  });

  test("selecting a user by id returns unauthorized on a stack that requires tokens", async () => {
    await using locked = await startStack();
    await using watcher = await Watcher.connect(locked);
    expect(await watcher.ask({ action: "user", id: "u5", request: "r" })).toMatchObject({
      action: "error",
      code: "unauthorized",
      request: "r",
    });
    expect(await watcher.ask({ action: "watch", tickers: ["U5"] })).not.toHaveProperty("user");
  });
});

describe("baskets", () => {
  test("watching a basket returns the last prices of its tickers and subscribes to them", async () => {
    await publish(stack, "ticker=B1-A&price=3");
    await setBasket(stack, "b1", "B1-A", "B1-B");
    await using watcher = await Watcher.connect(stack);
    expect(await ask(watcher, { action: "watch", baskets: ["b1"] })).toMatchObject({
      watching: [],
      baskets: [{ name: "b1", version: expect.any(Number), tickers: ["B1-A", "B1-B"] }],
      quotes: [quote("B1-A", 3)],
    });
    expect(await publish(stack, "ticker=B1-B&price=4")).toEqual(delivered(1, 1));
    expect((await updateOf(watcher, "B1-B")).quotes).toEqual([quote("B1-B", 4)]);
    expect(await ask(watcher, { action: "unwatch", baskets: ["b1"] })).not.toHaveProperty("baskets");
    expect(await publish(stack, "ticker=B1-B&price=5")).toEqual(delivered(1, 0));
  });

  test("a basket change reaches direct watchers and watchers through a user, with last prices", async () => {
    await publish(stack, "ticker=B2-NEW&price=9");
    await using alone = await Watcher.connect(stack);
    await ask(alone, { action: "watch", baskets: ["b2"] });
    await using first = await connectAs("b2-user");
    await using second = await connectAs("b2-user");
    await ask(first, { action: "watch", baskets: ["b2"] });
    const basket = { name: "b2", version: expect.any(Number), tickers: ["B2-NEW", "B2-OTHER"] };
    const summary = { watchers: 3, delivered: 3, gone: 0, closed: 0 };
    expect(await setBasket(stack, "b2", "B2-OTHER", "b2-new")).toEqual({ basket, ...summary });
    for (const watcher of [alone, first, second]) {
      const update = await updateOf(watcher, "B2-NEW");
      expect(update).toEqual({
        action: "quotes",
        "connection-id": update["connection-id"],
        baskets: [basket],
        quotes: [quote("B2-NEW", 9)],
      });
    }
  });

  test("overlapping tickers, baskets and users produce one message with each ticker once", async () => {
    await setBasket(stack, "b3-one", "B3-A", "B3-B");
    await setBasket(stack, "b3-two", "B3-B", "B3-C");
    await using alone = await Watcher.connect(stack);
    await ask(alone, { action: "watch", tickers: ["B3-B"], baskets: ["b3-one", "b3-two"] });
    await using user = await connectAs("b3-user");
    await ask(user, { action: "watch", tickers: ["B3-A"], baskets: ["b3-two"] });
    const form = "ticker=B3-B&price=2&ticker=B3-A&price=1&ticker=B3-OTHER&price=0";
    expect(await publish(stack, form)).toEqual(delivered(3, 2));
    for (const watcher of [alone, user]) {
      expect((await updateOf(watcher, "B3-A")).quotes).toEqual([quote("B3-B", 2), quote("B3-A", 1)]);
      expect(watcher.frames.filter(isUpdate)).toHaveLength(1);
    }
  });

  test("an invalid basket name or ticker returns a problem", async () => {
    expect(await setBasket(stack, "b 4", "A")).toEqual({ problem: expect.stringContaining("`name`") });
    expect(await setBasket(stack, "b4", "A B")).toEqual({ problem: expect.stringContaining("`tickers`") });
  });
});

describe("broadcasts", () => {
  test("a broadcast reaches every connection as a notice, with or without subscriptions", async () => {
    await using one = await Watcher.connect(stack);
    await using other = await Watcher.connect(stack);
    await one.watch("NOTICED");
    // The totals vary, because connections of earlier tests can still be in the graph.
    const { status, body } = await broadcast(stack, " Closing at <b>noon</b> ");
    expect({ status, body }).toEqual({ status: 200, body: expect.objectContaining({ closed: 0 }) });
    for (const watcher of [one, other]) {
      const frame = await watcher.frame(({ action }) => action === "notice");
      expect(frame).toEqual({ action: "notice", message: "Closing at <b>noon</b>" });
    }
  });

  test.each([
    ["", "no message"],
    ["x".repeat(1_001), "too long: 1001 characters, at most 1000"],
  ])("a broadcast of %j returns 400 and sends no notice", async (message, line) => {
    await using watcher = await Watcher.connect(stack);
    expect(await broadcast(stack, message)).toEqual({ status: 400, body: line });
    await watcher.watch("NOT-NOTICED");
    expect(watcher.frames.filter(({ action }) => action === "notice")).toEqual([]);
  });
});
