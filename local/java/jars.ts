import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./run.ts";

const POM = fileURLToPath(new URL("pom.xml", import.meta.url));
const CACHE = fileURLToPath(new URL("../../node_modules/.cache/ticker-watch", import.meta.url));

/** The servers of pom.xml, each a profile of it, with their names for people and some sizes in MB. */
const SERVERS = {
  "gremlin-server": { title: "Gremlin Server", megabytes: 30 },
  elasticmq: { title: "ElasticMQ", megabytes: 43 },
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
 * The folder that holds the jars of a server of pom.xml. They are fetched by Maven once for each content of pom.xml: some 17 s, or 3 s
 * when Maven has them (without the net too: Maven does not ask again for what it has). Several processes may ask at once.
 *
 * @throws Error of one line when there is no Maven; with Maven's words when it fails.
 */
export async function fetchJars(
  server: JavaServer,
  { onProgress, cacheDirectory = CACHE }: FetchJarsOptions = {},
): Promise<string> {
  const hash = createHash("sha256")
    .update(await readFile(POM))
    .digest("hex")
    .slice(0, 12);
  const jars = join(cacheDirectory, `${server}-${hash}`);
  if (existsSync(jars)) return jars;

  await mkdir(cacheDirectory, { recursive: true });
  // Filled aside and renamed: a folder of that name is complete, whoever is stopped in between.
  const aside = await mkdtemp(`${jars}.`);
  try {
    const { title, megabytes } = SERVERS[server];
    onProgress?.(`Fetching ${title} from Maven Central (some ${megabytes} MB, this once)`);
    const turn = copying.then(() => copyDependencies(server, aside));
    copying = turn.catch(() => {});
    await turn;
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
