/** The local Gremlin Server. Does not prove the behavior of Neptune, nor that the server runs under another Java than that on PATH. */
import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import gremlin from "gremlin";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { type ClientOptions, WebSocket } from "ws";
import { clientTls, createCertificate } from "#emulator/neptune/certificate.ts";
import { findFreePort } from "#emulator/neptune/free-port.ts";
import { type GremlinServer, startGremlinServer } from "#emulator/neptune/gremlin-server.ts";
import { forEachLine } from "#emulator/process/child-processes.ts";
import { childrenNamed, isRunning } from "#support/processes.ts";

const folders = mkdtempSync(join(tmpdir(), "gremlin-"));
afterAll(() => rmSync(folders, { recursive: true, force: true }));
let folderCount = 0;
const newFolder = () => join(folders, String(++folderCount));

const { id } = gremlin.process.t;
const { single } = gremlin.process.cardinality;

async function connect({ url, tls }: GremlinServer) {
  const mimeType = "application/vnd.graphbinary-v1.0";
  const options = { headers: {}, ...tls, mimeType, traversalSource: "g" };
  const connection = new gremlin.driver.DriverRemoteConnection(url, options);
  await connection.open();
  return {
    g: gremlin.process.AnonymousTraversalSource.traversal().withRemote(connection),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

describe("running server", () => {
  let server: GremlinServer;
  let client: Awaited<ReturnType<typeof connect>>;
  beforeAll(async () => {
    server = await startGremlinServer({ directory: newFolder() });
    client = await connect(server);
  });
  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  test("a new server has an empty graph", async () => {
    expect(await client.g.V().toList()).toEqual([]);
  });

  test("the server accepts string ids for vertices and edges", async () => {
    const { g } = client;
    await g.addV("Connection").property(id, "connection:A=").iterate();
    await g.addV("Ticker").property(id, "ticker:AAPL").iterate();
    await g
      .V("connection:A=")
      .addE("watching")
      .to(gremlin.process.statics.V("ticker:AAPL"))
      .property(id, "A=|AAPL")
      .iterate();
    expect(await g.V("ticker:AAPL").inE("watching").id().toList()).toEqual(["A=|AAPL"]);
  });

  test("a property that is set twice without `single` keeps both values", async () => {
    const { g } = client;
    await g.addV("Ticker").property(id, "ticker:SET").property("price", 1).iterate();
    await g.V("ticker:SET").property("price", 2).iterate();
    expect(await g.V("ticker:SET").values("price").order().toList()).toEqual([1, 2]);
    await g.V("ticker:SET").property(single, "price", 3).iterate();
    expect(await g.V("ticker:SET").values("price").toList()).toEqual([3]);
  });

  test("the server returns elements without properties", async () => {
    const { g } = client;
    await g
      .addV("Ticker")
      .property(id, "ticker:BARE")
      .property("price", 1)
      .as("t")
      .addE("loop")
      .to("t")
      .property("since", 1)
      .iterate();
    // JSON, because @types/gremlin declares ids as numbers.
    const elements = [await g.V("ticker:BARE").toList(), await g.V("ticker:BARE").outE().toList()];
    expect(JSON.parse(JSON.stringify(elements))).toEqual([
      [{ id: "ticker:BARE", label: "Ticker", properties: [] }],
      [expect.objectContaining({ label: "loop", properties: {} })],
    ]);
  });

  test("a write that fails is rolled back", async () => {
    const { g } = client;
    const write = g.addV("Ticker").property(id, "ticker:UNDONE").fail("on purpose");
    await expect(write.iterate()).rejects.toThrow("on purpose");
    expect(await g.V("ticker:UNDONE").toList()).toEqual([]);
  });

  test("a GraphSON client gets results and errors", async () => {
    const connection = new gremlin.driver.DriverRemoteConnection(server.url, {
      headers: {},
      ...server.tls,
      traversalSource: "g",
    });
    onTestFinished(() => connection.close());
    const g = gremlin.process.AnonymousTraversalSource.traversal().withRemote(connection);
    await expect(g.inject(1).fail("on purpose").iterate()).rejects.toThrow("on purpose");
    expect(await g.inject(1).toList()).toEqual([1]);
  });

  test("the server rejects connections without its certificate, plain or over TLS, before a request", async () => {
    const { pfx: _pfx, ...withoutKey } = server.tls;
    const other = clientTls(await createCertificate(newFolder()));
    const attempts: [string, ClientOptions][] = [
      [server.url.replace("wss:", "ws:"), {}],
      [server.url, withoutKey],
      [server.url, { ...withoutKey, pfx: other.pfx }],
    ];
    for (const [url, options] of attempts) {
      const socket = new WebSocket(url, options);
      const opened = once(socket, "open").then(() => socket.terminate());
      await expect(opened).rejects.toThrow(/hang up|alert|ECONNRESET/);
    }
  });

  test.each([
    ["a script", "", { op: "eval", args: { gremlin: "1 + 1" } }],
    ["a script in gremlin-lang", "", { op: "eval", args: { gremlin: "g.V()", language: "gremlin-lang" } }],
    ["a script for bytecode's processor", "traversal", { op: "eval", args: { gremlin: "1 + 1" } }],
    ["a script in a session", "session", { op: "eval", args: { gremlin: "1 + 1", session: "s" } }],
    ["a session's end", "session", { op: "close", args: { session: "s" } }],
    ["bytecode in a session", "session", { op: "bytecode", args: { gremlin: {}, session: "s" } }],
  ])("the server rejects %s from a client with its certificate", async (_what, processor, request) => {
    const socket = new WebSocket(server.url, server.tls);
    onTestFinished(() => socket.terminate());
    await once(socket, "open");
    const text = JSON.stringify({ requestId: randomUUID(), processor, ...request });
    const mimeType = "application/vnd.gremlin-v3.0+json";
    socket.send(Buffer.concat([Buffer.from([mimeType.length]), Buffer.from(mimeType + text)]));
    const [answer] = (await once(socket, "message")) as [Buffer];
    const { status } = JSON.parse(answer.toString());
    expect(status.code).toBeGreaterThanOrEqual(400);
    expect(status.message).toMatch(
      /^Invalid OpProcessor requested|^Message with op code \[\w+\] is not recognized/,
    );
  });

  test.each(["gremlin-groovy", "gremlin-lang", "gremlin-python"])(
    "the server rejects bytecode with a lambda in %s from a client with its certificate",
    async (language) => {
      // The driver serializes the result of a function as a lambda: [script, language].
      const lambda = () => ["{ it.get() }", language];
      await expect(
        client.g
          .inject(1)
          .map(lambda as never)
          .toList(),
      ).rejects.toThrow("Expected bytecode without lambdas.");
      const nested = gremlin.process.statics.map(lambda as never);
      await expect(client.g.inject(1).union(nested).toList()).rejects.toThrow(
        "Expected bytecode without lambdas.",
      );
    },
  );

  test("a second server uses another port and a separate graph", async () => {
    const ports = [server.port];
    await using second = await startGremlinServer({
      directory: newFolder(),
      choosePort: async () => ports.pop() ?? (await findFreePort()),
    });
    expect(second.port).not.toBe(server.port);
    await using other = await connect(second);
    await other.g.addV("Ticker").property(id, "ticker:SECOND").iterate();
    expect(await client.g.V("ticker:SECOND").toList()).toEqual([]);
  });
});

test("disposing stops the server and discards its graph", async () => {
  const directory = newFolder();
  const before = childrenNamed("java", process.pid);
  const server = await startGremlinServer({ directory });
  const started = childrenNamed("java", process.pid).filter((pid) => !before.includes(pid));
  expect(started).toHaveLength(1);
  await server[Symbol.asyncDispose]();
  expect(await server.exited).toBe("gremlin-server ended with SIGKILL");
  expect(started.map(isRunning)).toEqual([false]);
  await expect(connect(server)).rejects.toThrow("ECONNREFUSED");

  await using again = await startGremlinServer({ directory });
  await using client = await connect(again);
  expect(await client.g.V().toList()).toEqual([]);
});

test("kill -9 of the parent process ends the server", async () => {
  const script = fileURLToPath(new URL("fixtures/server-parent.ts", import.meta.url));
  const stdio = ["ignore", "pipe", "inherit", "ipc"] as const;
  const parent = fork(script, [newFolder()], { stdio: [...stdio], execArgv: [] });
  onTestFinished(() => void parent.kill("SIGKILL"));
  await new Promise<string>((resolve) => {
    if (parent.stdout) forEachLine(parent.stdout, resolve);
  });
  const pids = childrenNamed("java", parent.pid ?? 0);
  expect(pids.map(isRunning)).toEqual([true]);

  parent.kill("SIGKILL");
  await once(parent, "exit");
  await vi.waitFor(() => expect(pids.map(isRunning)).toEqual([false]), 5_000);
});

test("startGremlinServer throws with the end of the log when the server does not start", async () => {
  const starting = startGremlinServer({ directory: newFolder(), heapMb: 1 });
  await expect(starting).rejects.toThrow(
    /^Expected Gremlin Server to answer on port \d+, but: gremlin-server ended with exit code 1\. The end of .*gremlin-server\.log:\n {2}.*heap/s,
  );
});

test("startGremlinServer throws with the path when the folder cannot be created", async () => {
  const directory = join(folders, "file");
  writeFileSync(directory, "");
  await expect(startGremlinServer({ directory })).rejects.toThrow(
    `EEXIST: file already exists, mkdir '${directory}'`,
  );
});
