/** Does not prove that a browser gives it to no other tab: sign-in.browser.test.ts does. */
import { expect, test } from "vitest";
import { TokenStore } from "#page/kept-token.ts";

function setUp() {
  const items = new Map<string, string>();
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, text: string) => void items.set(key, text),
    removeItem: (key: string) => void items.delete(key),
  };
  return { items, storage };
}

test("gives back what was kept last, also to the page after a reload, until it is forgotten", () => {
  const { items, storage } = setUp();
  const kept = new TokenStore(() => storage);
  expect(kept.read()).toBe(undefined);
  kept.save("a.b.c");
  kept.save("d.e.f");
  expect([kept.read(), new TokenStore(() => storage).read()]).toStrictEqual(["d.e.f", "d.e.f"]);
  kept.clear();
  expect([kept.read(), items.size]).toStrictEqual([undefined, 0]);
});

test("keeps it for the page alone where the browser keeps nothing", () => {
  const kept = new TokenStore(() => {
    throw new Error("SecurityError");
  });
  kept.save("a.b.c");
  expect(kept.read()).toBe("a.b.c");
  kept.clear();
  expect(kept.read()).toBe(undefined);
});
