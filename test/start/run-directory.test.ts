/* The lock on a run directory, taken by real processes. npm start itself is tested in test/flows/npm-start.test.ts. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { claimRunDirectory, isInUse } from "#start/run-directory.ts";

const CLAIM = fileURLToPath(new URL("fixtures/claim-directory.ts", import.meta.url));

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "ticker-watch-run-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A process that claims `directory`. `claimed` resolves to whether it succeeded, `failure` to its error output. */
function claimInProcess(directory: string, startAtMs = 0) {
  const child = spawn(process.execPath, [CLAIM, directory, String(startAtMs)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const claimed = Promise.race([once(child.stdout, "data").then(() => true), ended.then(() => false)]);
  return { child, ended, claimed, failure: text(child.stderr) };
}

const outputsOf = (directory: string) => JSON.parse(readFileSync(join(directory, "outputs.json"), "utf8"));

test("of 5 processes that claim a directory at the same time exactly one succeeds, and its files stay", async () => {
  const directory = newDirectory();
  const startAtMs = Date.now() + 1_500;
  const processes = Array.from({ length: 5 }, () => claimInProcess(directory, startAtMs));
  const claimed = await Promise.all(processes.map((process) => process.claimed));
  const winners = processes.filter((_, index) => claimed[index]);
  expect(winners).toHaveLength(1);
  const pid = winners[0]?.child.pid;
  for (const loser of processes.filter((_, index) => !claimed[index])) {
    expect(await loser.failure).toContain(
      `A stack is already running in ${directory} (process ${pid}). Stop it, or start this one in another directory: npm start -- --directory DIR`,
    );
  }
  expect(outputsOf(directory)).toEqual({ writtenBy: pid });
  expect(isInUse(directory)).toBe(true);
});

test("a directory can be claimed at once after the process that used it was killed with SIGKILL", async () => {
  const directory = newDirectory();
  const first = claimInProcess(directory);
  expect(await first.claimed).toBe(true);
  first.child.kill("SIGKILL");
  await first.ended;
  expect(existsSync(join(directory, "outputs.json"))).toBe(true);
  expect(isInUse(directory)).toBe(false);
  using _run = claimRunDirectory(directory);
  expect(isInUse(directory)).toBe(true);
  expect(existsSync(join(directory, "outputs.json"))).toBe(false);
});

test("files of an ended run do not lock a directory when their process id belongs to another process now", () => {
  const directory = newDirectory();
  claimRunDirectory(directory)[Symbol.dispose]();
  writeFileSync(join(directory, "outputs.json"), JSON.stringify({ pid: process.ppid }));
  writeFileSync(join(directory, "stack.pid"), String(process.ppid));
  expect(isInUse(directory)).toBe(false);
  using _run = claimRunDirectory(directory);
  expect(readFileSync(join(directory, "stack.pid"), "utf8")).toBe(`${process.pid}\n`);
});

test("a released directory contains no outputs and is not in use", async () => {
  const directory = newDirectory();
  const process = claimInProcess(directory);
  expect(await process.claimed).toBe(true);
  process.child.kill("SIGINT");
  await process.ended;
  expect(readdirSync(directory).sort()).toEqual([".gitignore", ".ticker-watch", "logs"]);
  expect(isInUse(directory)).toBe(false);
});

test("a stack whose directory was replaced leaves the outputs of the stack that runs there now", async () => {
  const directory = newDirectory();
  const first = claimInProcess(directory);
  expect(await first.claimed).toBe(true);
  renameSync(directory, `${directory}-moved`);
  onTestFinished(() => rmSync(`${directory}-moved`, { recursive: true }));
  const second = claimInProcess(directory);
  expect(await second.claimed).toBe(true);
  first.child.kill("SIGINT");
  await first.ended;
  expect(outputsOf(directory)).toEqual({ writtenBy: second.child.pid });
});

test("Git ignores everything in the directory of a stack inside a work tree", () => {
  const workTree = newDirectory();
  execFileSync("git", ["init", "--quiet", workTree]);
  using run = claimRunDirectory(join(workTree, "my stack"));
  run.writeOutputs({ signingKey: "secret" });
  expect(execFileSync("git", ["status", "--porcelain"], { cwd: workTree, encoding: "utf8" })).toBe("");
});

test("claimRunDirectory adds .gitignore to a directory of an older version", () => {
  const directory = newDirectory();
  writeFileSync(join(directory, ".ticker-watch"), "");
  using _run = claimRunDirectory(directory);
  expect(readFileSync(join(directory, ".gitignore"), "utf8")).toBe("*\n");
});

test("claimRunDirectory rejects a directory with other files and does not change it", () => {
  const directory = newDirectory();
  writeFileSync(join(directory, "outputs.json"), "mine");
  expect(() => claimRunDirectory(directory)).toThrow(
    `Expected ${directory} to be empty or the directory of an earlier run. Choose another: npm start -- --directory DIR`,
  );
  expect(readdirSync(directory)).toEqual(["outputs.json"]);
  expect(isInUse(directory)).toBe(false);
});

test("a missing directory is not in use", () => {
  expect(isInUse(join(newDirectory(), "missing"))).toBe(false);
});
