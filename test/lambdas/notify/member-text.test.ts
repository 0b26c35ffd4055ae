import fc from "fast-check";
import { expect, test } from "vitest";
import { findMemberText } from "#lambdas/notify/member-text.ts";

test.each([
  ['{"data":9007199254740993}', "9007199254740993"],
  ['{ "x" : [1, {"data":2}] , "data" : {"price" : 1.10} }', '{"price" : 1.10}'],
  ['{"data":\t-0\r\n}', "-0"],
  ['{"data":1e999,"x":1}', "1e999"],
  ['{"data":"\\ud83d\\u00e9\\/\\"}]"}', '"\\ud83d\\u00e9\\/\\"}]"'],
  ['{"data":"\\\\"}', '"\\\\"'],
  ['{"data":1,"data":[2, 2 ]}', "[2, 2 ]"],
  ['{"d\\u0061ta":1}', "1"],
  ['{"data":1,"d\\u0061ta":2}', "2"],
  ['{"data":{"b":1,"a":2,"a":3}}', '{"b":1,"a":2,"a":3}'],
  ['{"x":"{\\"data\\":1}","data":null}', "null"],
  ['{"__proto__":{"data":1},"data":true}', "true"],
  ['{"data":{}}', "{}"],
  ['{"data":[]}', "[]"],
  ['{"data":""}', '""'],
])("findMemberText of %s returns %s", (json, text) => {
  expect(findMemberText(json, "data")).toBe(text);
});

test.each(["{}", '{"x":{"data":1}}', '{"x":"data"}', '{"Data":1}'])(
  "findMemberText finds no member in %s",
  (json) => {
    expect(findMemberText(json, "data")).toBeUndefined();
  },
);

/** JSON with its white space, escapes and numbers written in many ways. */
const space = fc.stringMatching(/^[ \t\r\n]{0,2}$/);
const string = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "\\ud83d",
        "\\\\",
        '\\"',
        "\\/",
        "\\u0000",
        "\\n",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "data",
        "é",
        "😀",
      ),
      fc.string({ unit: "grapheme", maxLength: 2 }).map((text) => JSON.stringify(text).slice(1, -1)),
    ),
    { maxLength: 4 },
  )
  .map((parts) => `"${parts.join("")}"`);
const number = fc.oneof(
  fc.constantFrom("-0", "1e999", "1.10", "9007199254740993", "1E+05", "0.0"),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
);
// Without the key `\`: after it, JSON.parse of V8 13.6 misreads later keys that begin with an escape.
const anyKey = string.filter((text) => text !== '"\\\\"');
const key = fc.oneof(fc.constantFrom('"data"', '"d\\u0061ta"', '"__proto__"', '"x"'), anyKey);
const { value, member } = fc.letrec<{ value: string; member: string; list: string; object: string }>(
  (tie) => ({
    value: fc
      .tuple(
        space,
        fc.oneof(
          { maxDepth: 4 },
          string,
          number,
          fc.constantFrom("true", "false", "null"),
          tie("list"),
          tie("object"),
        ),
        space,
      )
      .map((parts) => parts.join("")),
    member: fc
      .tuple(space, key, space, tie("value"))
      .map(([before, name, after, its]) => `${before}${name}${after}:${its}`),
    list: fc.oneof(
      space.map((its) => `[${its}]`),
      fc.array(tie("value"), { minLength: 1, maxLength: 3 }).map((its) => `[${its.join(",")}]`),
    ),
    object: fc.oneof(
      space.map((its) => `{${its}}`),
      fc.array(tie("member"), { minLength: 1, maxLength: 3 }).map((its) => `{${its.join(",")}}`),
    ),
  }),
);

test("findMemberText returns the text that JSON.parse reads, and undefined for absent names", () => {
  const object = fc
    .tuple(space, fc.array(member, { minLength: 1, maxLength: 5 }), space)
    .map(([before, members, after]) => `${before}{${members.join(",")}}${after}`);
  fc.assert(
    fc.property(object, (json) => {
      const parsed = JSON.parse(json) as Record<string, unknown>;
      for (const name of ["data", "none", ...Object.keys(parsed)]) {
        const text = findMemberText(json, name);
        expect(text === undefined).toBe(!Object.hasOwn(parsed, name));
        if (text === undefined) continue;
        expect(json).toContain(text);
        expect(text).toBe(text.trim());
        expect(JSON.parse(text)).toEqual(Object.getOwnPropertyDescriptor(parsed, name)?.value);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("findMemberText returns any value as source text", () => {
  fc.assert(
    fc.property(value, member, (its, other) => {
      const text = its.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
      expect(findMemberText(`{${other},"data":${its}}`, "data")).toBe(text);
      expect(findMemberText(`{"data":1,"data":${its}}`, "data")).toBe(text);
    }),
    { numRuns: 1_000 },
  );
});

test("findMemberText returns a value that is nested 500,000 deep", () => {
  const deep = "[".repeat(500_000) + "]".repeat(500_000);
  expect(findMemberText(`{"data":${deep},"connectionId":"a="}`, "data") === deep).toBe(true);
});
