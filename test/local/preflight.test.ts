/* The version check before TypeScript files are loaded. Does not prove that an old Node.js can run it: the syntax is for that. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
const OLD_NODE = fileURLToPath(new URL("fixtures/old-node.cjs", import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${PROJECT}package.json`, "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** Those that run files of this project, which all are TypeScript. */
const ON_NODE = Object.entries(scripts).filter(([, script]) => /\bnode\b|vitest|pulumi/.test(script));

test("npm start, npm test, npm run ticker and the benches are among the scripts that need a recent Node.js", () => {
  const names = ON_NODE.map(([name]) => name);
  expect(names).toEqual(expect.arrayContaining(["start", "ticker", "test", "bench", "bench:scale", "up"]));
});

test.each(ON_NODE)("npm run %s on Node.js 20 prints what to do and fails", (_name, script) => {
  // Each begins with the check; without it nothing would stop the script here.
  expect(script).toMatch(/^node (check-node\.cjs &&|--require \.\/check-node\.cjs) /);
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

test("the version check passes on the Node.js that runs the tests", () => {
  expect(spawnSync(process.execPath, ["check-node.cjs"], { cwd: PROJECT }).status).toBe(0);
});
