import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./run.ts";

const POM = fileURLToPath(new URL("pom.xml", import.meta.url));
const CACHE = fileURLToPath(new URL("../../node_modules/.cache/emulator", import.meta.url));

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * The servers of pom.xml by profile. A launcher configures settings that the server's configuration file lacks; it is written in
 * Groovy, because the Groovy compiler is a jar and runs without a JDK.
 */
const SERVERS = {
  "gremlin-server": {
    title: "Gremlin Server",
    megabytes: 30,
    launcher: source("../neptune/launch-gremlin-server.groovy"),
  },
  elasticmq: { title: "ElasticMQ", megabytes: 50, launcher: source("../sqs/launch-elasticmq.groovy") },
};

export type JavaServer = keyof typeof SERVERS;

/** The last queued copy: concurrent Maven processes can corrupt the local repository. */
let lastCopy: Promise<void> = Promise.resolve();

export interface FetchJarsOptions {
  /** Receives a line before jars are fetched. */
  readonly onProgress?: (line: string) => void;
  /** Folder that keeps the jars between runs. @default a folder of `node_modules/.cache` */
  readonly cacheDirectory?: string;
}

/**
 * The folder with the jars of a server and the classes of its launcher. They are fetched once per content of pom.xml and launcher,
 * in about 20 s, or 6 s when Maven has cached the jars. Safe to call from several processes.
 * @throws {Error} when Maven is missing, or Maven or the compiler fails.
 */
export async function fetchJars(
  server: JavaServer,
  { onProgress, cacheDirectory = CACHE }: FetchJarsOptions = {},
): Promise<string> {
  const { title, megabytes, launcher } = SERVERS[server];
  const hash = createHash("sha256")
    .update(await readFile(POM))
    .update(await readFile(launcher))
    .digest("hex")
    .slice(0, 12);
  const jars = join(cacheDirectory, `${server}-${hash}`);
  if (existsSync(jars)) return jars;

  await mkdir(cacheDirectory, { recursive: true });
  // Renamed when complete, so that an interrupted process leaves no partial folder under the final name.
  const staging = await mkdtemp(`${jars}.`);
  try {
    onProgress?.(`Fetching ${title} from Maven Central (about ${megabytes} MB, once)`);
    const copy = lastCopy.then(() => copyDependencies(server, staging));
    lastCopy = copy.catch(() => {});
    await copy;
    await compile(launcher, staging);
    await rename(staging, jars).catch((error: unknown) => {
      // Another process has renamed its folder first.
      if (!existsSync(jars)) throw error;
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return jars;
}

async function copyDependencies(server: JavaServer, directory: string): Promise<void> {
  const args = [
    "--batch-mode",
    "--file",
    POM,
    "--activate-profiles",
    server,
    "dependency:copy-dependencies",
    `-DoutputDirectory=${directory}`,
  ];
  const maven = await run("mvn", args);
  if (!maven) {
    throw new Error(
      "Expected mvn (Apache Maven) on PATH, found none. Install it (Debian: apt-get install maven) and run again.",
    );
  }
  if (maven.exitCode !== 0) {
    const errors = maven.lines.filter((line) => line.startsWith("[ERROR]")).slice(0, 5);
    throw new Error(
      [
        `Expected mvn to fetch the dependencies of ${POM}, but it failed with exit code ${maven.exitCode}:`,
        ...errors,
      ].join("\n"),
    );
  }
}

/** Compiles a launcher into the folder of its jars, which is on its class path. */
async function compile(launcher: string, directory: string): Promise<void> {
  const compiler = "org.codehaus.groovy.tools.FileSystemCompiler";
  const java = await run("java", ["-cp", join(directory, "*"), compiler, "-d", directory, launcher]);
  if (java?.exitCode === 0) return;
  throw new Error(
    [
      `Expected ${launcher} to compile, but it failed with exit code ${java?.exitCode}:`,
      ...(java?.lines.slice(0, 5) ?? []),
    ].join("\n"),
  );
}
