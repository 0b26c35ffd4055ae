import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./run.ts";

const POM = fileURLToPath(new URL("pom.xml", import.meta.url));
const CACHE = fileURLToPath(new URL("../../node_modules/.cache/ticker-watch", import.meta.url));

export interface FetchJarsOptions {
  /** Takes a line when something is fetched, which takes a while. */
  readonly onProgress?: (line: string) => void;
  /** Where the jars are kept. Default: a folder of `node_modules/.cache`. */
  readonly cacheDirectory?: string;
}

/**
 * The folder that holds the jars of pom.xml. They are fetched by Maven once for each content of pom.xml: some 17 s, or 3 s
 * when Maven has them (without the net too: Maven does not ask again for what it has). Several processes may ask at once.
 *
 * @throws Error of one line when there is no Maven; with Maven's words when it fails.
 */
export async function fetchJars({
  onProgress,
  cacheDirectory = CACHE,
}: FetchJarsOptions = {}): Promise<string> {
  const hash = createHash("sha256")
    .update(await readFile(POM))
    .digest("hex")
    .slice(0, 12);
  const jars = join(cacheDirectory, `jars-${hash}`);
  if (existsSync(jars)) return jars;

  await mkdir(cacheDirectory, { recursive: true });
  // Filled aside and renamed: a folder of that name is complete, whoever is stopped in between.
  const aside = await mkdtemp(`${jars}.`);
  try {
    onProgress?.("Fetching Gremlin Server from Maven Central (some 30 MB, this once)");
    await copyDependencies(aside);
    await rename(aside, jars).catch((error: unknown) => {
      // Another process was quicker.
      if (!existsSync(jars)) throw error;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return jars;
}

async function copyDependencies(directory: string): Promise<void> {
  const args = [
    "--batch-mode",
    "--file",
    POM,
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
