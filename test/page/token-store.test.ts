/** Storage of the token. Does not prove that other tabs cannot read it: sign-in.browser.test.ts does. */
import { expect, test } from "vitest";
import { TokenStore } from "#page/token-store.ts";

function setUp() {
  const items = new Map<string, string>();
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, text: string) => void items.set(key, text),
    removeItem: (key: string) => void items.delete(key),
  };
  return { items, storage };
}

test("returns the last saved token, also after a reload, until it is cleared", () => {
  const { items, storage } = setUp();
  const store = new TokenStore(() => storage);
  expect(store.read()).toBe(undefined);
  store.save("a.b.c");
  store.save("d.e.f");
  expect([store.read(), new TokenStore(() => storage).read()]).toStrictEqual(["d.e.f", "d.e.f"]);
  store.clear();
  expect([store.read(), items.size]).toStrictEqual([undefined, 0]);
});

test("keeps the token in memory in a browser without storage", () => {
  const store = new TokenStore(() => {
    throw new Error("SecurityError");
  });
  store.save("a.b.c");
  expect(store.read()).toBe("a.b.c");
  store.clear();
  expect(store.read()).toBe(undefined);
});
