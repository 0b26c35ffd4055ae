/* The checks of preflight.cjs. Does not prove that an old Node.js can parse it. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
const OLD_NODE = fileURLToPath(new URL("fixtures/old-node.cjs", import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${PROJECT}package.json`, "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** The scripts that run TypeScript files of this project. */
const NODE_SCRIPTS = Object.entries(scripts).filter(([, script]) => /\bnode |vitest|pulumi/.test(script));

test("npm start, npm test, npm run ticker and the benchmarks are among the checked scripts", () => {
  const names = NODE_SCRIPTS.map(([name]) => name);
  expect(names).toEqual(expect.arrayContaining(["start", "ticker", "test", "bench", "bench:scale", "up"]));
});

test.each(NODE_SCRIPTS)("npm run %s fails on Node.js 20 with instructions", (_name, script) => {
  // Only the check at its start can stop the script here.
  expect(script).toMatch(/^node (preflight\.cjs (--for-vite )?&&|--require \.\/preflight\.cjs) /);
  const args = script.split(" && ")[0]?.split(" ").slice(1) ?? [];
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--require", OLD_NODE, ...args], {
    cwd: PROJECT,
    encoding: "utf8",
  });
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: "",
    stderr:
      'Expected Node.js 24.14 or newer, got 20.20.2. Run "npm ci --ignore-scripts=false", which installs Node.js 24 in node_modules, or put a newer Node.js on PATH.\n',
  });
});

/** Runs preflight.cjs in a project directory of this name. */
function preflightIn(name: string, ...args: readonly string[]) {
  const parent = mkdtempSync(join(tmpdir(), "ticker-watch-preflight-"));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const directory = join(parent, name);
  mkdirSync(directory);
  for (const file of ["preflight.cjs", "package.json"])
    copyFileSync(join(PROJECT, file), join(directory, file));
  const { status, stderr } = spawnSync(process.execPath, ["preflight.cjs", ...args], {
    cwd: directory,
    encoding: "utf8",
  });
  return { status, stderr, directory };
}

test.each(["a:b", "a\\b", `a\${b}`])("preflight fails with one sentence in a directory named %s", (name) => {
  const { status, stderr, directory } = preflightIn(name);
  expect([status, stderr]).toEqual([
    1,
    `Expected the path of this project to contain none of : \\ \${, got ${directory}. Move the project.\n`,
  ]);
});

test.each(["C# x", "q?m"])(
  "preflight fails for npm test, but not for npm start, in a directory named %s",
  (name) => {
    expect(preflightIn(name, "--for-vite")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("to contain none of : \\ ${ # ?, got"),
    });
    expect(preflightIn(name)).toMatchObject({ status: 0, stderr: "" });
  },
);

test("preflight passes on the Node.js of the tests", () => {
  expect(spawnSync(process.execPath, ["preflight.cjs"], { cwd: PROJECT }).status).toBe(0);
});
