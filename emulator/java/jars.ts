import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./run.ts";

const POM = fileURLToPath(new URL("pom.xml", import.meta.url));
const CACHE = fileURLToPath(new URL("../../node_modules/.cache/ticker-watch", import.meta.url));

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * The servers of pom.xml, each a profile, with their display names, download sizes in MB and launchers. A launcher configures what
 * the server's settings cannot: Groovy, because its compiler is a jar and runs without a JDK.
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

/** Ends with the copying under way: one Maven at a time, since two that download into its local repository may clash. */
let copying: Promise<void> = Promise.resolve();

export interface FetchJarsOptions {
  /** Takes a line when something is fetched, which takes a while. */
  readonly onProgress?: (line: string) => void;
  /** Where the jars are kept. Default: a folder of `node_modules/.cache`. */
  readonly cacheDirectory?: string;
}

/**
 * The folder that holds the jars of a server of pom.xml and the classes of its launcher. They are fetched and compiled once for each
 * content of both files: some 20 s, or 6 s when Maven has the jars (also without a network). Several processes may call it at once.
 *
 * @throws {Error} when there is no Maven, or Maven or the compiler fails.
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
  // Filled aside and renamed: a folder of that name is complete, whoever is stopped in between.
  const aside = await mkdtemp(`${jars}.`);
  try {
    onProgress?.(`Fetching ${title} from Maven Central (some ${megabytes} MB, this once)`);
    const turn = copying.then(() => copyDependencies(server, aside));
    copying = turn.catch(() => {});
    await turn;
    await compile(launcher, aside);
    await rename(aside, jars).catch((error: unknown) => {
      // Another process was quicker.
      if (!existsSync(jars)) throw error;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
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
        `Expected mvn to fetch what ${POM} lists, but it failed with exit code ${maven.exitCode}:`,
        ...errors,
      ].join("\n"),
    );
  }
}

/** Compiles a launcher into the folder of the jars that it needs, which then is on its class path. */
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
