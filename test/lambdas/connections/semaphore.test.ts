import { expect, test } from "vitest";
import { Semaphore } from "#lambdas/connections/semaphore.ts";

/** Work that records its start and ends on `end`. */
function work() {
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const start = (name: string) => () => {
    started.push(name);
    const end = Promise.withResolvers<string>();
    ends.set(name, end);
    return end.promise;
  };
  return { started, start, end: (name: string) => ends.get(name)?.resolve(name), ends };
}

test("at most the limit runs concurrently, and waiting work starts in FIFO order", async () => {
  const semaphore = new Semaphore(2);
  const { started, start, end } = work();
  const all = ["a", "b", "c", "d"].map((name) => semaphore.run(start(name)));
  expect(started).toEqual(["a", "b"]);
  end("b");
  await expect.poll(() => started).toEqual(["a", "b", "c"]);
  for (const name of ["a", "c"]) end(name);
  await expect.poll(() => started).toEqual(["a", "b", "c", "d"]);
  end("d");
  expect(await Promise.all(all)).toEqual(["a", "b", "c", "d"]);
});

test("a caller that runs again goes to the back of the queue", async () => {
  const semaphore = new Semaphore(1);
  const order: string[] = [];
  const twice = async (name: string) => {
    for (const time of [1, 2]) await semaphore.run(async () => void order.push(`${name}${time}`));
  };
  await Promise.all(["a", "b", "c"].map(twice));
  expect(order).toEqual(["a1", "b1", "c1", "a2", "b2", "c2"]);
});

test("the caller gets the error of its work, and the next work starts", async () => {
  const semaphore = new Semaphore(1);
  const failed = semaphore.run(() => Promise.reject(new Error("x")));
  const next = semaphore.run(async () => "next");
  await expect(failed).rejects.toThrow(new Error("x"));
  expect(await next).toBe("next");
  expect(await semaphore.run(async () => "again")).toBe("again");
});
