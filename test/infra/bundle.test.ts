/**
 * What the Lambdas are made of: the bundles that the whole stack declares. Does not prove that a handler answers, nor that the
 * sources give the same bytes on another machine, with another esbuild.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { declareStack, type Inputs, type Program } from "./declare.ts";

const PROJECT = join(import.meta.dirname, "..", "..");
/** Unzipped. Lambda loads it at each cold start; the largest part is the AWS SDK's client. */
const MOST_BYTES = 2_000_000;

let program: Program;
let folder: string;
beforeAll(async () => {
  program = await declareStack();
  folder = await mkdtemp(join(tmpdir(), "ticker-watch-bundle-"));
}, 30_000);
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** The clients of AWS that each function may bring with it: a large part of its code, which is loaded at each cold start. */
const CLIENTS: Readonly<Record<string, readonly string[]>> = {
  authorize: [],
  watch: ["client-apigatewaymanagementapi"],
  publish: ["client-apigatewaymanagementapi", "client-sqs"],
  notify: ["client-apigatewaymanagementapi"],
  sweep: [],
  operate: ["client-apigatewaymanagementapi", "client-sqs"],
};
const NAMES = Object.keys(CLIENTS);

test("all functions are looked at", () => {
  expect(program.all("aws:lambda/function:Function").map(({ name }) => name)).toEqual([...NAMES].sort());
});

test.each(NAMES)(
  "%s exports its handler, in Node alone and with the environment that it is given",
  async (name) => {
    const path = join(folder, `${name}.mjs`);
    await writeFile(path, codeOf(program, name)["index.mjs"] ?? "");
    const { variables } = program.inputs("aws:lambda/function:Function", name)["environment"] as Inputs;
    const script = `import(${JSON.stringify(path)}).then((module) => process.stdout.write(JSON.stringify(Object.entries(module).map(([key, value]) => [key, typeof value]))))`;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--eval", script], {
      cwd: folder,
      // Lambda itself sets AWS_REGION.
      env: { ...(variables as Record<string, string>), AWS_REGION: "eu-west-1" },
    });
    expect([JSON.parse(stdout), stderr]).toEqual([[["handler", "function"]], ""]);
  },
);

test.each(NAMES)("%s comes with its source map, and no larger than it must", (name) => {
  const code = codeOf(program, name);
  expect(Object.keys(code).sort()).toEqual(["index.mjs", "index.mjs.map"]);
  expect(code["index.mjs"]).toMatch(/\n\/\/# sourceMappingURL=index\.mjs\.map\n$/);
  for (const text of Object.values(code)) expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
});

test.each(NAMES)("%s has no client of AWS but those that it asks something", (name) => {
  expect(clientsOf(name).filter((client) => !CLIENTS[name]?.includes(client))).toEqual([]);
});

test("the clients are found where there are some", () => {
  expect(clientsOf("watch")).toEqual(["client-apigatewaymanagementapi"]);
});

test.each(NAMES)("%s says nothing of the machine that bundled it", (name) => {
  for (const text of Object.values(codeOf(program, name))) {
    expect(text.includes(PROJECT)).toBe(false);
    expect(text.includes(homedir())).toBe(false);
  }
});

test("the same sources give the same bytes", async () => {
  const again = await declareStack();
  for (const name of NAMES) expect(codeOf(again, name)).toEqual(codeOf(program, name));
});

function codeOf(declared: Program, name: string): Record<string, string> {
  return declared.inputs("aws:lambda/function:Function", name)["code"] as Record<string, string>;
}

/** The clients of AWS that are part of a function's code, as its source map tells. */
function clientsOf(name: string): string[] {
  const { sources } = JSON.parse(codeOf(program, name)["index.mjs.map"] ?? "") as { sources: string[] };
  return [
    ...new Set(
      sources.flatMap((source) => /node_modules\/@aws-sdk\/(client-[^/]+)\//.exec(source)?.[1] ?? []),
    ),
  ];
}
