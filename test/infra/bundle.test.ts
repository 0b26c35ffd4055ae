/**
 * The Lambda bundles of the whole stack. Does not prove that a handler works, nor that builds are reproducible across
 * machines and esbuild versions.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { declareStack, type Inputs, type Program } from "./declare.ts";

const PROJECT = join(import.meta.dirname, "..", "..");
/** Unzipped size. Lambda loads it at each cold start; the AWS SDK client is the largest part. */
const MAX_BYTES = 2_000_000;

let program: Program;
let folder: string;
beforeAll(async () => {
  program = await declareStack();
  folder = await mkdtemp(join(tmpdir(), "ticker-watch-bundle-"));
}, 30_000);
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** AWS SDK clients that each bundle may contain. They are a large part of the code loaded at each cold start. */
const CLIENTS: Readonly<Record<string, readonly string[]>> = {
  authorize: [],
  watch: ["client-apigatewaymanagementapi"],
  publish: ["client-apigatewaymanagementapi", "client-sqs"],
  notify: ["client-apigatewaymanagementapi"],
  sweep: [],
  operate: ["client-apigatewaymanagementapi", "client-sqs"],
};
const NAMES = Object.keys(CLIENTS);

test("these tests cover every function of the stack", () => {
  expect(program.all("aws:lambda/function:Function").map(({ name }) => name)).toEqual([...NAMES].sort());
});

test.each(NAMES)(
  "the bundle of %s exports its handler in plain Node with the declared environment",
  async (name) => {
    const path = join(folder, `${name}.mjs`);
    await writeFile(path, codeOf(program, name)["index.mjs"] ?? "");
    const { variables } = program.inputs("aws:lambda/function:Function", name)["environment"] as Inputs;
    const script = `import(${JSON.stringify(path)}).then((module) => process.stdout.write(JSON.stringify(Object.entries(module).map(([key, value]) => [key, typeof value]))))`;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--eval", script], {
      cwd: folder,
      // Set by the Lambda runtime.
      env: { ...(variables as Record<string, string>), AWS_REGION: "eu-west-1" },
    });
    expect([JSON.parse(stdout), stderr]).toEqual([[["handler", "function"]], ""]);
  },
);

test.each(NAMES)("the bundle of %s has a source map and is below the size limit", (name) => {
  const code = codeOf(program, name);
  expect(Object.keys(code).sort()).toEqual(["index.mjs", "index.mjs.map"]);
  expect(code["index.mjs"]).toMatch(/\n\/\/# sourceMappingURL=index\.mjs\.map\n$/);
  for (const text of Object.values(code)) expect(Buffer.byteLength(text)).toBeLessThan(MAX_BYTES);
});

test.each(NAMES)("the bundle of %s contains only the AWS SDK clients that it uses", (name) => {
  expect(clientsOf(name).filter((client) => !CLIENTS[name]?.includes(client))).toEqual([]);
});

test("clientsOf finds the AWS SDK client in the bundle of watch", () => {
  expect(clientsOf("watch")).toEqual(["client-apigatewaymanagementapi"]);
});

test.each(NAMES)("the bundle of %s contains no path of the build machine", (name) => {
  for (const text of Object.values(codeOf(program, name))) {
    expect(text.includes(PROJECT)).toBe(false);
    expect(text.includes(homedir())).toBe(false);
  }
});

test("bundling the same sources twice gives the same bytes", async () => {
  const again = await declareStack();
  for (const name of NAMES) expect(codeOf(again, name)).toEqual(codeOf(program, name));
});

function codeOf(declared: Program, name: string): Record<string, string> {
  return declared.inputs("aws:lambda/function:Function", name)["code"] as Record<string, string>;
}

/** AWS SDK clients in the bundle of a function, from its source map. */
function clientsOf(name: string): string[] {
  const { sources } = JSON.parse(codeOf(program, name)["index.mjs.map"] ?? "") as { sources: string[] };
  return [
    ...new Set(
      sources.flatMap((source) => /node_modules\/@aws-sdk\/(client-[^/]+)\//.exec(source)?.[1] ?? []),
    ),
  ];
}
