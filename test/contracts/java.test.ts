/** The requirements of the local Java servers. Does not prove that Maven Central is reachable. */
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { fetchJars } from "#emulator/java/jars.ts";
import { requireJava } from "#emulator/java/java-process.ts";

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "java-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Sets PATH to a folder that contains only a program `name`, which runs `script`. */
function onlyOnPath(name?: string, script?: string): void {
  const folder = newFolder();
  if (name) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  vi.stubEnv("PATH", folder);
  onTestFinished(() => void vi.unstubAllEnvs());
}

test("requireJava without Java throws with install instructions", async () => {
  onlyOnPath();
  await expect(requireJava()).rejects.toThrow(
    "Expected java 17 or newer on PATH, found none. " +
      "Install it (Debian: apt-get install openjdk-17-jre-headless) and run again.",
  );
});

test.each([
  ['openjdk version "11.0.2" 2019-01-15', "java 11"],
  ['java version "1.8.0_292"', "java 8"],
])("requireJava throws for the version line `%s`", async (line, found) => {
  onlyOnPath("java", `echo '${line}' >&2`);
  await expect(requireJava()).rejects.toThrow(
    `Expected java 17 or newer on PATH, found ${found}. Install it`,
  );
});

test.each(['openjdk version "17.0.15" 2025-04-15', 'openjdk version "25" 2025-09-16'])(
  "requireJava accepts the version line `%s`",
  async (line) => {
    onlyOnPath("java", `echo 'Picked up JAVA_TOOL_OPTIONS: -Dx="1"' >&2; echo '${line}' >&2`);
    await expect(requireJava()).resolves.toBeUndefined();
  },
);

test("two concurrent calls of fetchJars return the same complete folder, and a later call downloads nothing", async () => {
  const cacheDirectory = newFolder();
  const progress: string[] = [];
  const options = { cacheDirectory, onProgress: (line: string) => progress.push(line) };
  const [first, second] = await Promise.all([
    fetchJars("gremlin-server", options),
    fetchJars("gremlin-server", options),
  ]);
  expect(second).toBe(first);
  expect(readdirSync(cacheDirectory).map((name) => join(cacheDirectory, name))).toEqual([first]);
  expect(readdirSync(first)).toEqual(
    expect.arrayContaining([
      "gremlin-server-3.7.5.jar",
      "tinkergraph-gremlin-3.7.5.jar",
      "slf4j-simple-1.7.25.jar",
      "LaunchGremlinServer.class",
    ]),
  );
  expect(progress).toHaveLength(2);

  onlyOnPath();
  expect(await fetchJars("gremlin-server", options)).toBe(first);
  expect(progress).toHaveLength(2);
});

test("fetchJars without Maven throws with install instructions and leaves no folder", async () => {
  onlyOnPath();
  const cacheDirectory = newFolder();
  await expect(fetchJars("gremlin-server", { cacheDirectory })).rejects.toThrow(
    "Expected mvn (Apache Maven) on PATH, found none. Install it (Debian: apt-get install maven) and run again.",
  );
  expect(readdirSync(cacheDirectory)).toEqual([]);
});

test("fetchJars throws with the output of Maven", async () => {
  onlyOnPath("mvn", "echo '[INFO] Scanning'; echo '[ERROR] no route to host'; exit 1");
  const fetching = fetchJars("gremlin-server", { cacheDirectory: newFolder() });
  await expect(fetching).rejects.toThrow(/but it failed with exit code 1:\n\[ERROR\] no route to host$/);
});
