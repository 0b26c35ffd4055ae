/** Does not prove that browsers draw a frame when a page becomes visible: https://html.spec.whatwg.org requires it. */
import { expect, test } from "vitest";
import { OncePerFrame } from "#page/once-per-frame.ts";

function setUp() {
  const frames: (() => void)[] = [];
  const handedOn: string[] = [];
  const once = new OncePerFrame<string, string>(
    (onFrame) => frames.push(onFrame),
    (value) => handedOn.push(value),
  );
  return { frames, handedOn, once };
}

test("applies the newest value of each key once per frame and requests one frame", () => {
  const { frames, handedOn, once } = setUp();
  for (let i = 1; i <= 1000; i += 1) {
    once.put("a", `a${i}`);
    once.put("b", `b${i}`);
  }
  expect([frames.length, handedOn]).toStrictEqual([1, []]);
  frames.shift()?.();
  expect(handedOn).toStrictEqual(["a1000", "b1000"]);
  once.put("a", "a1001");
  expect(frames.length).toBe(1);
  frames.shift()?.();
  expect(handedOn).toStrictEqual(["a1000", "b1000", "a1001"]);
});

test("omits a discarded key and requests one frame", () => {
  const { frames, handedOn, once } = setUp();
  once.put("a", "a1");
  once.discard("a");
  once.put("b", "b1");
  expect(frames.length).toBe(1);
  frames.shift()?.();
  expect(handedOn).toStrictEqual(["b1"]);
});
