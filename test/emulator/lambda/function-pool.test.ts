/** Real function processes. Does not prove the scaling of Lambda, which has no process limit. */
import { once } from "node:events";
import { expect, test, vi } from "vitest";
import { isRunning } from "#support/processes.ts";
import { poolOf } from "./fixtures/pool-of.ts";

test("the event and the result of a function are passed as JSON", async () => {
  const { pool } = poolOf(
    "export const handler = async (event) => ({ event, at: new Date(0), left: undefined });",
  );
  expect(await pool.invoke({ price: 2400, none: undefined })).toEqual({
    outcome: "returned",
    payload: { event: { price: 2400 }, at: "1970-01-01T00:00:00.000Z" },
  });
});

test("the result of a function that returns undefined is null", async () => {
  const { pool } = poolOf("export const handler = async () => {};");
  expect(await pool.invoke({})).toEqual({ outcome: "returned", payload: null });
});

test("consecutive requests run in the same process, which keeps its state", async () => {
  const { pool } = poolOf("let n = 0; export const handler = () => [process.pid, ++n];");
  const [first, second] = [await pool.invoke({}), await pool.invoke({})];
  const pid = first.outcome === "returned" ? (first.payload as number[])[0] : undefined;
  expect(first).toEqual({ outcome: "returned", payload: [pid, 1] });
  expect(second).toEqual({ outcome: "returned", payload: [pid, 2] });
});

test("the timeout of a finished request does not kill the process", async () => {
  const { pool } = poolOf(
    `export const handler = async () => {
       await new Promise((resolve) => setTimeout(resolve, 400));
       return process.pid;
     };`,
    { timeoutSeconds: 1 },
  );
  const first = await pool.invoke({});
  expect(first).toEqual({ outcome: "returned", payload: expect.any(Number) });
  expect([await pool.invoke({}), await pool.invoke({})]).toEqual([first, first]);
});

test("20 concurrent requests run in 4 processes, one at a time in each", async () => {
  const { pool } = poolOf(`
    let running = 0;
    export const handler = async () => {
      running++;
      await new Promise((resolve) => setImmediate(resolve));
      return { pid: process.pid, running: running-- };
    };`);
  const results = await Promise.all(Array.from({ length: 20 }, () => pool.invoke({})));
  const payloads = results.map((result) => {
    if (result.outcome === "failed") throw new Error(result.message);
    return result.payload as { pid: number; running: number };
  });
  expect(payloads.map(({ running }) => running)).toEqual(Array(20).fill(1));
  expect(new Set(payloads.map(({ pid }) => pid)).size).toBe(4);
});

test("requests that wait for a process run in order of arrival", async () => {
  const { pool, log } = poolOf(
    "export const handler = async (event) => { console.log(event); };",
    {},
    {
      maxProcesses: 1,
    },
  );
  await Promise.all([1, 2, 3, 4, 5].map((event) => pool.invoke(event)));
  await vi.waitFor(() => expect(log).toEqual(["1", "2", "3", "4", "5"]));
});

test("child processes of an exited function process are killed, although they hold its output open", async () => {
  const { pool, log } = poolOf(`
    import { spawn } from "node:child_process";
    export const handler = () => {
      console.log(spawn("/bin/sleep", ["60"], { stdio: "inherit" }).pid);
      process.exit(1);
    };`);
  expect(await pool.invoke({})).toMatchObject({ errorType: "Runtime.ExitError" });
  await vi.waitFor(() => expect(isRunning(Number(log[0]))).toBe(false));
});

test("function output is logged by line, including a last line without a line break", async () => {
  const { pool, log } = poolOf(`export const handler = () => {
    process.stdout.write("one\\ntw");
    process.stdout.write("o €\\nthree");
    process.exit(1);
  };`);
  await pool.invoke({});
  expect(log).toEqual(["one", "two €", "three", expect.stringContaining("exit status 1")]);
});

test("disposing the pool kills all processes with their children; running and waiting requests fail", async () => {
  const lines = new EventTarget();
  const { pool } = poolOf(
    `import { spawn } from "node:child_process";
     const { pid } = spawn("/bin/sleep", ["60"]);
     export const handler = () => { console.log(process.pid, pid); for (;;); };`,
    {},
    { maxProcesses: 1, onLog: (line) => lines.dispatchEvent(new CustomEvent("line", { detail: line })) },
  );
  const requests = [pool.invoke(1), pool.invoke(2)];
  const [line] = (await once(lines, "line")) as [CustomEvent<string>];
  const pids = line.detail.split(" ").map(Number);
  expect(pids.map(isRunning)).toEqual([true, true]);
  await pool[Symbol.asyncDispose]();
  const closed = { outcome: "failed", message: "Function watch is closed" };
  expect(await Promise.all([...requests, pool.invoke(3)])).toEqual([closed, closed, closed]);
  await vi.waitFor(() => expect(pids.map(isRunning)).toEqual([false, false]));
});
