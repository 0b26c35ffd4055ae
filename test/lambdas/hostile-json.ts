import fc from "fast-check";

const nested = (open: string, close: string, depth: number, inner = "") =>
  open.repeat(depth) + inner + close.repeat(depth);

/** Nested deeper than a recursive function can follow. */
export const deepJson = fc.constantFrom(
  nested("[", "]", 5_000),
  nested("[", "]", 100_000),
  nested('{"a":', "}", 5_000, "1"),
  nested('{"a":', "}", 100_000, "1"),
  nested('[{"data":', "}]", 20_000, "1"),
);

const oddNumber = fc.constantFrom(
  "1e999",
  "-1e999",
  "-0",
  "9007199254740993",
  "1.10",
  "1E+05",
  "1e-400",
  "0.1e1",
);
const oddString = fc.constantFrom(
  '"\\ud83d"',
  '"\\udc00\\ud800"',
  '"\ud83d"',
  '"\\ufffe\\uffff"',
  '"\u2028\u202e"',
  '"\\u0000"',
  `"${"x".repeat(300_000)}"`,
  `"${"\\u0000".repeat(50_000)}"`,
  '"__proto__"',
  '""',
);
const anyJson = fc.json({ maxDepth: 4 });

/** Valid JSON of every kind that breaks parsers. */
export const hostileJson = fc.oneof(
  deepJson,
  oddNumber,
  oddString,
  anyJson,
  fc.constantFrom(
    '{"__proto__":{"x":1}}',
    '{"constructor":1,"toString":2,"valueOf":3,"hasOwnProperty":4}',
    '{"toJSON":"x","length":-1}',
    '{"a":1,"a":2}',
    `[${"1,".repeat(100_000)}1]`,
    `{${Array.from({ length: 20_000 }, (_, n) => `"k${n}":${n}`).join(",")}}`,
  ),
);

const word = fc.constantFrom(
  "x",
  "connectionId",
  "userId",
  "data",
  "news",
  "recipients",
  "operation",
  "action",
);

/** A text that may be a body: JSON with hostile values under the names that handlers read, or no JSON. */
export const hostileBody = fc.oneof(
  hostileJson,
  fc
    .array(fc.tuple(fc.oneof(word, fc.constantFrom("__proto__", "constructor")), hostileJson), {
      maxLength: 4,
    })
    .map((members) => `{${members.map(([name, value]) => `"${name}":${value}`).join(",")}}`),
  hostileJson.map((value) => `{"connectionId":"odd=","data":${value}}`),
  hostileJson.map((value) => `{"userId":"odd","data":${value}}`),
  hostileJson.map((value) => `{"connectionId":${value},"data":1}`),
  hostileJson.map((value) => `{"news":{"action":"notice","message":"x"},"recipients":${value}}`),
  hostileJson.map((value) => `{"news":${value},"recipients":[["odd="]]}`),
  fc.constantFrom(
    "",
    " ",
    "\uFEFF{}",
    '\uFEFF{"connectionId":"odd=","data":1}',
    "{",
    "[".repeat(200_000),
    "\ud83d",
  ),
  fc.constantFrom(
    '{"connectionId":"odd=","data":1,"data":2}',
    '{"data":1,"connectionId":"odd=","connectionId":1}',
  ),
  fc.string({ unit: "binary" }),
);
