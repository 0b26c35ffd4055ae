/**
 * Function failures. Does not prove the error messages of Lambda in each case; they are taken from its
 * documentation and the source of the Node.js runtime.
 */
import { expect, test, vi } from "vitest";
import { poolOf } from "./fixtures/pool-of.ts";

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
const PID = "export const handler = () => process.pid;";

test("a thrown error fails the request, is logged in the runtime format, and the process continues", async () => {
  const { pool, log } = poolOf(`
    let n = 0;
    export const handler = async () => {
      if (++n === 1) throw Object.assign(new RangeError("too far"), { code: "EFAR" });
      return n;
    };`);
  expect(await pool.invoke({})).toEqual({ outcome: "failed", message: "too far", errorType: "RangeError" });
  expect(await pool.invoke({})).toEqual({ outcome: "returned", payload: 2 });
  await vi.waitFor(() => expect(log).toHaveLength(1));
  const [, json = ""] = new RegExp(`^${TIME}\t${UUID}\tERROR\tInvoke Error \t(.*)$`).exec(log[0] ?? "") ?? [];
  expect(JSON.parse(json)).toEqual({
    errorType: "RangeError",
    errorMessage: "too far",
    code: "EFAR",
    stack: expect.arrayContaining(["RangeError: too far"]),
  });
});

test.each([
  ["a string", "throw 'no'", { message: "no", errorType: "string" }],
  ["undefined", "throw undefined", { message: "undefined", errorType: "undefined" }],
  [
    "an error with a circular reference",
    "const e = new Error('round'); e.self = e; throw e",
    { message: "round", errorType: "Error" },
  ],
])("a handler that throws %s fails the request", async (_what, code, failure) => {
  const { pool } = poolOf(`export const handler = async () => { ${code}; };`);
  expect(await pool.invoke({})).toEqual({ outcome: "failed", ...failure });
});

test("a response over 6,291,556 bytes fails the request, and the process continues", async () => {
  const { pool } = poolOf("export const handler = (bytes) => 'x'.repeat(bytes - 2);");
  expect(await pool.invoke(6_291_557)).toEqual({
    outcome: "failed",
    message: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    errorType: "Function.ResponseSizeTooLarge",
  });
  expect(await pool.invoke(6_291_556)).toEqual({ outcome: "returned", payload: "x".repeat(6_291_554) });
});

test.each([
  ["throws", "throw new TypeError('bad start');", {}, "TypeError", "bad start"],
  [
    "has no such export",
    PID,
    { handler: "index.other" },
    "Runtime.HandlerNotFound",
    "index.other is undefined or not exported",
  ],
  [
    "has no such module",
    PID,
    { handler: "main.handler" },
    "Runtime.ImportModuleError",
    "Error: Cannot find module 'main'",
  ],
  [
    "takes a callback",
    "export const handler = (event, context, callback) => callback(null, 1);",
    {},
    "Runtime.CallbackHandlerDeprecated",
    "index.handler takes a callback: Node.js 24 requires a promise",
  ],
  [
    "is not JavaScript",
    "export const const",
    {},
    "Runtime.UserCodeSyntaxError",
    "SyntaxError: Unexpected token 'const'",
  ],
])("a module that %s fails each request", async (_what, source, declared, errorType, message) => {
  const { pool, log } = poolOf(source, declared, { maxProcesses: 1 });
  const failed = { outcome: "failed", message, errorType };
  expect(await Promise.all([pool.invoke({}), pool.invoke({})])).toEqual([failed, failed]);
  const start = new RegExp(`^${TIME}\tundefined\tERROR\tUncaught Exception \t\\{"errorType":"${errorType}"`);
  expect(log).toEqual([expect.stringMatching(start), expect.stringMatching(start)]);
});

test("a request over the timeout fails with the Lambda error; initialization does not count", async () => {
  const { pool, log } = poolOf(
    `await new Promise((resolve) => setTimeout(resolve, 600));
     export const handler = (forever) => { while (forever); return "in time"; };`,
    { timeoutSeconds: 0.5 },
  );
  expect(await pool.invoke(false)).toEqual({ outcome: "returned", payload: "in time" });
  const result = await pool.invoke(true);
  expect(result).toEqual({
    outcome: "failed",
    message: expect.stringMatching(
      new RegExp(`^RequestId: ${UUID} Error: Task timed out after 0.50 seconds$`),
    ),
    errorType: "Sandbox.Timedout",
  });
  expect(log).toEqual([result.outcome === "failed" && result.message]);
  expect(await pool.invoke(false)).toEqual({ outcome: "returned", payload: "in time" });
});

test("a function over the initialization timeout fails the request", async () => {
  const { pool } = poolOf(`await new Promise(() => {}); ${PID}`, {}, { initTimeoutMs: 300 });
  expect(await pool.invoke({})).toEqual({
    outcome: "failed",
    message: expect.stringMatching(/Error: Initialization timed out after 0.30 seconds$/),
    errorType: "Sandbox.Timedout",
  });
});

test.each([
  ["exits", "process.exit(1)", "Runtime exited with error: exit status 1"],
  ["exits without an error", "process.exit(0)", "Runtime exited without providing a reason"],
  ["is killed", "process.kill(process.pid, 'SIGKILL')", "Runtime exited with error: signal: killed"],
  [
    "runs out of memory",
    "const all = []; for (;;) all.push(new Array(1e5).fill(all.length))",
    "Runtime exited with error: signal: aborted",
  ],
])(
  "a process that %s fails its request, and the next request gets a new process",
  async (_what, code, reason) => {
    const { pool } = poolOf(
      `export const handler = async (die) => { if (die) { ${code}; } return 'alive'; };`,
      { memoryMb: 40 },
      { maxProcesses: 1 },
    );
    expect(await Promise.all([pool.invoke(true), pool.invoke(false)])).toEqual([
      {
        outcome: "failed",
        message: expect.stringMatching(new RegExp(`^RequestId: ${UUID} Error: ${reason}$`)),
        errorType: "Runtime.ExitError",
      },
      { outcome: "returned", payload: "alive" },
    ]);
  },
);

test.each([
  [
    "rejection, though the handler returns,",
    "Promise.reject(new Error('lost')); return 'early'",
    "Runtime.UnhandledPromiseRejection",
    "Error: lost",
  ],
  [
    "exception",
    "setTimeout(() => { throw new Error('lost'); }); await new Promise(() => {})",
    "Error",
    "lost",
  ],
])("an unhandled %s fails the request and exits the process", async (_what, code, errorType, message) => {
  const { pool, log } = poolOf(
    `export const handler = async (die) => { if (die) { ${code}; } return 'alive'; };`,
  );
  expect(await pool.invoke(true)).toEqual({ outcome: "failed", message, errorType });
  expect(log).toEqual([expect.stringContaining(`"errorType":"${errorType}","errorMessage":"${message}"`)]);
  expect(await pool.invoke(false)).toEqual({ outcome: "returned", payload: "alive" });
});

test("an event that cannot be serialized to JSON throws a TypeError", async () => {
  const { pool } = poolOf(PID);
  await expect(pool.invoke(1n)).rejects.toThrow(TypeError);
});

test("a missing code directory fails the request", async () => {
  const { pool } = poolOf(PID, { codeDirectory: "/nowhere" });
  expect(await pool.invoke({})).toEqual({
    outcome: "failed",
    message: expect.stringContaining("Error: Runtime could not be started: spawn"),
    errorType: "Runtime.ExitError",
  });
});
