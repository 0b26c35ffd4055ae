/** Does not prove that a browser draws a frame when a hidden page is seen again: https://html.spec.whatwg.org says so. */
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

test("hands on the newest value of each key when a frame is drawn, and asks for one frame only", () => {
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

test("hands nothing on of what is forgotten, and still asks for one frame only", () => {
  const { frames, handedOn, once } = setUp();
  once.put("a", "a1");
  once.discard("a");
  once.put("b", "b1");
  expect(frames.length).toBe(1);
  frames.shift()?.();
  expect(handedOn).toStrictEqual(["b1"]);
});
