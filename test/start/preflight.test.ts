/* The version check before TypeScript files are loaded. Does not prove that an old Node.js can run it: the syntax is for that. */
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

/** Those that run files of this project, which all are TypeScript. */
const ON_NODE = Object.entries(scripts).filter(([, script]) => /\bnode |vitest|pulumi/.test(script));

test("npm start, npm test, npm run ticker and the benches are among the scripts that need a recent Node.js", () => {
  const names = ON_NODE.map(([name]) => name);
  expect(names).toEqual(expect.arrayContaining(["start", "ticker", "test", "bench", "bench:scale", "up"]));
});

test.each(ON_NODE)("npm run %s on Node.js 20 prints what to do and fails", (_name, script) => {
  // Each begins with the check; without it nothing would stop the script here.
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

/** Runs the check of a project that has this name for its directory. */
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

test.each(["a:b", "a\\b", `a\${b}`])(
  "a project in a directory named %s is refused with one sentence",
  (name) => {
    const { status, stderr, directory } = preflightIn(name);
    expect([status, stderr]).toEqual([
      1,
      `Expected the path of this project to contain none of : \\ \${ but got ${directory}. Move it.\n`,
    ]);
  },
);

test.each(["C# x", "q?m"])("npm test is refused, and npm start is not, in a directory named %s", (name) => {
  expect(preflightIn(name, "--for-vite")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("to contain none of : \\ ${ # ? but got"),
  });
  expect(preflightIn(name)).toMatchObject({ status: 0, stderr: "" });
});

test("the version check passes on the Node.js that runs the tests", () => {
  expect(spawnSync(process.execPath, ["preflight.cjs"], { cwd: PROJECT }).status).toBe(0);
});
