import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { childrenNamed, isRunning } from "#support/processes.ts";
import { runOperator, startOperator } from "../operator/run-operator.ts";

// Overrides the shorter timeout that run-operator.ts sets.
vi.setConfig({ testTimeout: 60_000 });

/* Output, files, exit codes and cleanup of `npm start`. Runs start/main.ts without npm. */
interface Run {
  readonly child: ChildProcess;
  readonly directory: string;
  /** The output so far. Plain text, because stdout is not a terminal. */
  text(): string;
  /** Resolves when the output matches `pattern`. @throws {Error} if the process ends before. */
  printed(pattern: RegExp): Promise<void>;
  readonly exitCode: Promise<number | null>;
}

const MAIN = fileURLToPath(new URL("../../start/main.ts", import.meta.url));

/** @param inDirectory defaults to a new directory, removed after the test. */
async function start(
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
  inDirectory?: string,
): Promise<Run> {
  const directory = inDirectory ?? (await mkdtemp(join(tmpdir(), "ticker-watch-start-")));
  const child = spawn(process.execPath, [MAIN, "--directory", directory, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exitCode = once(child, "close").then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exitCode;
    await rm(directory, { recursive: true, force: true });
  });
  let text = "";
  const more: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      for (const wake of more.splice(0)) wake();
    });
  }
  const printed = async (pattern: RegExp) => {
    let hasEnded = false;
    const ended = exitCode.then(() => {
      hasEnded = true;
    });
    while (!pattern.test(text)) {
      if (hasEnded) throw new Error(`Expected output matching ${pattern}, got:\n${text}`);
      await Promise.race([new Promise<void>((resolve) => more.push(resolve)), ended]);
    }
  };
  return { child, directory, text: () => text, printed, exitCode };
}

/** The ids of the process and its descendants. */
function listProcessTree(pid: number | undefined): number[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  const pairs = table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found = [pid ?? 0];
  for (const parent of found) {
    for (const [child, of] of pairs)
      if (of === parent && child !== undefined && !found.includes(child)) found.push(child);
  }
  return found;
}

/** The first of three consecutive free ports, below the ephemeral range that other tests use. */
async function threeFreePorts(): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const taken = await Promise.all([first, first + 1, first + 2].map(isTaken));
    if (!taken.includes(true)) return first;
  }
}

async function isTaken(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  // `once` rejects on the "error" event.
  const isFree = await once(server, "listening").then(
    () => true,
    () => false,
  );
  if (isFree) {
    server.close();
    await once(server, "close");
  }
  return !isFree;
}

async function outputsOf({ directory }: Run): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(directory, "outputs.json"), "utf8"));
}

test("npm start --port prints a working curl command, and Ctrl-C ends all its processes", async () => {
  const port = await threeFreePorts();
  const run = await start(["--port", String(port)]);
  await run.printed(/stop {5}Ctrl-C/);
  expect(await outputsOf(run)).toMatchObject({
    pageUrl: `http://127.0.0.1:${port}`,
    watchUrl: `ws://127.0.0.1:${port + 1}/development`,
    connectionsUrl: `http://127.0.0.1:${port + 1}/development`,
    publishUrl: `http://127.0.0.1:${port + 2}/development`,
    pid: run.child.pid,
  });

  const [, curl = ""] = /publish {2}(curl .+)/.exec(run.text()) ?? [];
  const answer = execFileSync("sh", ["-c", curl], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  expect(JSON.parse(answer)).toEqual({ quotes: 2, watchers: 0, delivered: 0, gone: 0, closed: 0 });
  await run.printed(
    /\d\d:\d\d:\d\d publish {2}Published quotes=2 watchers=0 delivered=0 gone=0 closed=0 graphWriteMs=[\d.]+ graphReadMs=[\d.]+ postsMs=[\d.]+\n/,
  );

  const processes = listProcessTree(run.child.pid);
  // At least start/main.ts, Java, one function, and their watchdogs.
  expect(processes.length).toBeGreaterThan(4);
  run.child.kill("SIGINT");
  expect(await run.exitCode).toBe(0);
  expect(processes.filter(isRunning)).toEqual([]);
  expect(existsSync(join(run.directory, "outputs.json"))).toBe(false);
});

test("with --locked a publish requires a token, and the output shows how to create one", async () => {
  const run = await start(["--locked"]);
  await run.printed(/stop {5}Ctrl-C/);
  const { publishUrl, publishToken } = await outputsOf(run);
  const post = async (headers: Record<string, string>) => {
    const init = { method: "POST", headers, body: new URLSearchParams("ticker=A&price=1") };
    return (await fetch(String(publishUrl), init)).status;
  };
  expect([await post({}), await post({ authorization: `Bearer ${publishToken}` })]).toEqual([401, 200]);
  expect(run.text()).toContain('publish  curl -H "Authorization: Bearer $TOKEN" -d ticker=AAPL');
  expect(run.text()).toContain("tokens   TOKEN=$(npm run --silent ticker -- token feed --publish)");
  expect(statSync(join(run.directory, "outputs.json")).mode & 0o777).toBe(0o600);
  run.child.kill("SIGINT");
  expect(await run.exitCode).toBe(0);
});

test("kill -9 of npm start ends all its processes", async () => {
  const run = await start();
  await run.printed(/stop {5}Ctrl-C/);
  const { publishUrl } = await outputsOf(run);
  await fetch(String(publishUrl), { method: "POST", body: new URLSearchParams("ticker=A&price=1") });
  const processes = listProcessTree(run.child.pid);
  run.child.kill("SIGKILL");
  await expect.poll(() => processes.filter(isRunning), { timeout: 10_000 }).toEqual([]);
});

test("a second start in the directory of a starting stack exits with 1, the first runs on", async () => {
  const first = await start();
  await first.printed(/Starting/);
  const second = await start([], process.env, first.directory);
  expect(await second.exitCode).toBe(1);
  expect(second.text()).toBe(
    `A stack is already running in ${first.directory} (process ${first.child.pid}). Stop it, or start this one in another directory: npm start -- --directory DIR\n`,
  );
  await first.printed(/stop {5}Ctrl-C/);
  expect(await runOperator(["prices", "--directory", first.directory])).toMatchObject({ code: 0 });
});

test("of two simultaneous starts in one directory, one exits and the other one runs", async () => {
  const directory = await mkdtemp(join(tmpdir(), "ticker-watch-start-"));
  const runs = [await start([], process.env, directory), await start([], process.env, directory)];
  const refused = await Promise.race(runs.map(async (run) => run.exitCode.then(() => run)));
  const running = runs.find((run) => run !== refused);
  await running?.printed(/stop {5}Ctrl-C/);
  expect(refused.text()).toContain(
    `A stack is already running in ${directory} (process ${running?.child.pid}).`,
  );
  expect(existsSync(join(directory, "outputs.json"))).toBe(true);
});

test("npm start runs in the directory of a killed stack whose process id was reused", async () => {
  const killed = await start();
  await killed.printed(/Starting/);
  killed.child.kill("SIGKILL");
  await killed.exitCode;
  await writeFile(join(killed.directory, "outputs.json"), JSON.stringify({ pid: process.pid }));
  await writeFile(join(killed.directory, "stack.pid"), String(process.pid));
  const run = await start([], process.env, killed.directory);
  await run.printed(/stop {5}Ctrl-C/);
});

test("the operator CLI works with a stack in another region", async () => {
  const run = await start(["--config", "aws:region=eu-west-1"]);
  await run.printed(/--region eu-west-1\n/);
  await run.printed(/stop {5}Ctrl-C/);
  expect(await runOperator(["publish", "AAPL=24.31", "--directory", run.directory])).toMatchObject({
    code: 0,
  });
  expect(await runOperator(["prices", "--directory", run.directory])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("$24.31"),
  });
});

test("with proxy variables npm start and the CLI send no loopback request to the proxy", async () => {
  let connections = 0;
  const proxy = createServer((socket) => {
    connections++;
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  onTestFinished(() => {
    proxy.close();
  });
  const { port } = proxy.address() as AddressInfo;
  const proxyUrl = `http://127.0.0.1:${port}`;
  const proxied = {
    NODE_USE_ENV_PROXY: "1",
    HTTP_PROXY: proxyUrl,
    HTTPS_PROXY: proxyUrl,
    http_proxy: proxyUrl,
    https_proxy: proxyUrl,
    NO_PROXY: "internal.example",
    no_proxy: "",
    JAVA_TOOL_OPTIONS: `-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=${port} -DsocksProxyHost=127.0.0.1 -DsocksProxyPort=${port}`,
  };
  const run = await start([], { ...process.env, ...proxied });
  await run.printed(/stop {5}Ctrl-C/);
  const options = ["--directory", run.directory];
  expect(await runOperator(["publish", "AAPL=24.31", ...options], proxied)).toMatchObject({ code: 0 });
  expect(await runOperator(["prices", ...options], proxied)).toMatchObject({ code: 0 });
  const watch = startOperator(["watch", "AAPL", "--json", ...options], proxied);
  expect(await watch.lines.next()).toContain('"price":2431');
  expect(connections).toBe(0);
});

test("npm start exits with 1 and names a port that is in use", async () => {
  const port = await threeFreePorts();
  const other = createServer().listen(port + 1, "127.0.0.1");
  await once(other, "listening");
  onTestFinished(() => {
    other.close();
  });
  const run = await start(["--port", String(port)]);
  expect(await run.exitCode).toBe(1);
  expect(run.text().split("\n").slice(1)).toEqual([
    `Expected port ${port + 1} to be free, but it is in use. Choose another: npm start -- --port N`,
    "",
  ]);
});

test.each([
  [["--port", "x"], "Expected --port to be a whole number from 1 to 65533, got x.\n"],
  [["--config", "stage"], "Expected --config KEY=VALUE, got stage.\n"],
  [["--directory", "/tmp/a\\b"], "Expected --directory to be a path without a backslash, got /tmp/a\\b.\n"],
  [["--prot", "1"], "Unknown option '--prot'. See: npm start -- --help\n"],
])("npm start with %j exits with 1 and an error message", async (args, text) => {
  const run = await start(args);
  expect(await run.exitCode).toBe(1);
  expect(run.text()).toBe(text);
});

test("npm start exits with 1 and changes nothing in a directory with other files", async () => {
  const home = await mkdtemp(join(tmpdir(), "ticker-watch-home-"));
  onTestFinished(() => rm(home, { recursive: true }));
  await mkdir(join(home, "code"));
  await writeFile(join(home, "code", "precious.txt"), "x");
  const run = await start(["--directory", home]);
  expect(await run.exitCode).toBe(1);
  expect(run.text()).toBe(
    `Expected ${home} to be empty or the directory of an earlier run. Choose another: npm start -- --directory DIR\n`,
  );
  expect(await readFile(join(home, "code", "precious.txt"), "utf8")).toBe("x");
});

test.each([
  ["graph", "LaunchGremlinServer", /\nGremlin Server has ended: .*\n$/],
  ["queues", "LaunchElasticMq", /\nElasticMQ has ended: .*\n$/],
])("npm start exits with 1 when the %s process ends", async (_name, mainClass, message) => {
  const run = await start();
  await run.printed(/stop {5}Ctrl-C/);
  const command = (pid: number) =>
    execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" });
  const java = childrenNamed("java", run.child.pid ?? 0).find((pid) => command(pid).includes(mainClass));
  process.kill(java ?? Number.NaN, "SIGKILL");
  expect(await run.exitCode).toBe(1);
  expect(run.text()).toMatch(message);
});

test("without java on PATH npm start exits with 1 and describes how to install it", async () => {
  const run = await start([], { PATH: "/nowhere" });
  expect(await run.exitCode).toBe(1);
  expect(run.text()).toContain("Expected java 17 or newer on PATH, found none. Install it");
});

test("npm start exits with 1 for an invalid configuration value and prints the fix", async () => {
  const run = await start(["--config", "graphMaxCapacity=1"]);
  expect(await run.exitCode).toBe(1);
  expect(run.text()).toContain(
    "Expected ticker-watch:graphMaxCapacity to be 2.5 to 128 in steps of 0.5, got 1. Run: pulumi config set graphMaxCapacity 2.5 (here: npm start -- --config graphMaxCapacity=2.5)\n",
  );
});
