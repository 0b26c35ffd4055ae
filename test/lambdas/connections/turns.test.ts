import { expect, test } from "vitest";
import { Turns } from "#lambdas/connections/turns.ts";

/** Work that notes when it begins, and ends when it is told. */
function work() {
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const begin = (name: string) => () => {
    begun.push(name);
    const end = Promise.withResolvers<string>();
    ends.set(name, end);
    return end.promise;
  };
  return { begun, begin, end: (name: string) => ends.get(name)?.resolve(name), ends };
}

test("no more than so many are begun, and the first to wait goes on first", async () => {
  const turns = new Turns(2);
  const { begun, begin, end } = work();
  const all = ["a", "b", "c", "d"].map((name) => turns.take(begin(name)));
  expect(begun).toEqual(["a", "b"]);
  end("b");
  await expect.poll(() => begun).toEqual(["a", "b", "c"]);
  for (const name of ["a", "c"]) end(name);
  await expect.poll(() => begun).toEqual(["a", "b", "c", "d"]);
  end("d");
  expect(await Promise.all(all)).toEqual(["a", "b", "c", "d"]);
});

test("who comes back goes to the end", async () => {
  const turns = new Turns(1);
  const order: string[] = [];
  const twice = async (name: string) => {
    for (const time of [1, 2]) await turns.take(async () => void order.push(`${name}${time}`));
  };
  await Promise.all(["a", "b", "c"].map(twice));
  expect(order).toEqual(["a1", "b1", "c1", "a2", "b2", "c2"]);
});

test("a fault is the caller's, and the turn goes on", async () => {
  const turns = new Turns(1);
  const failed = turns.take(() => Promise.reject(new Error("x")));
  const next = turns.take(async () => "next");
  await expect(failed).rejects.toThrow(new Error("x"));
  expect(await next).toBe("next");
  expect(await turns.take(async () => "again")).toBe("again");
});
