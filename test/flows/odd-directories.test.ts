/*
 * The project in directories whose names contain special characters of URLs, globs, shells and configuration
 * files. test/start/preflight.test.ts covers the unsupported names.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
const NOT_COPIED = ["node_modules", ".git", ".local", "test"];

/** Evaluates the program, bundles its functions and prints their number. */
const EVALUATE = `
const { evaluateProgram } = await import("./emulator/program/evaluate.ts");
const { readConfiguration } = await import("./emulator/program/configuration.ts");
const { resources } = await evaluateProgram(process.cwd(), await readConfiguration(process.cwd(), "dev", {}));
const functions = resources.filter(({ type }) => type === "aws:lambda/function:Function");
process.stdout.write(String(functions.filter(({ properties }) => properties.code["index.mjs"]).length));
`;

let parent: string;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), "ticker-watch-odd-"));
});
afterAll(() => {
  rmSync(parent, { recursive: true });
});

function copyProject(name: string): string {
  const directory = join(parent, name);
  const filter = (source: string) => source === PROJECT || !NOT_COPIED.includes(basename(source));
  cpSync(PROJECT, directory, { recursive: true, filter });
  symlinkSync(join(PROJECT, "node_modules"), join(directory, "node_modules"));
  return directory;
}

test.each(["C# x", "q?m", "100%", "a%20b", "star*", `-it's "quoted" [a] {b,c} $HOME \`id\` & ; | <x> ünï.`])(
  "the program is evaluated and its functions are bundled in a directory named %s",
  async (name) => {
    const cwd = copyProject(name);
    const args = ["--require", "./preflight.cjs", "--input-type=module", "--eval", EVALUATE];
    expect((await promisify(execFile)(process.execPath, args, { cwd })).stdout).toBe("6");
  },
);

/** Runs `npm start` as in a terminal: Ctrl-C reaches the whole process group. */
function npmStart(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn("npm", ["start", "--", ...args], {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.pid !== undefined) {
      process.kill(-child.pid, "SIGINT");
      await once(child, "close");
    }
  });
  return child;
}

test("npm start accepts a publish in a directory with special characters and the locale C", async () => {
  const cwd = copyProject(`-C# q?m 100% %20 star* it's "x" [a] {b} $HOME 価格.`);
  const child = npmStart(cwd, [`--directory=-stack: \${x} #1`], { LC_ALL: "C" });
  let printed = "";
  await new Promise<void>((resolve) => {
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      if (/stop {5}Ctrl-C/.test(printed)) resolve();
    });
    child.once("close", () => resolve());
  });
  expect(printed).toContain("stop     Ctrl-C");
  const outputs = readFileSync(join(cwd, `-stack: \${x} #1`, "outputs.json"), "utf8");
  const { publishUrl } = JSON.parse(outputs) as { readonly publishUrl: string };
  const body = new URLSearchParams("ticker=AAPL&price=2400");
  expect((await fetch(publishUrl, { method: "POST", body })).status).toBe(200);
});
