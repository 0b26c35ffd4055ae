import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { delimiter, join } from "node:path";
import { endWithParent, forEachLine, killGroup, OWN_GROUP } from "../process/child-processes.ts";
import { run } from "./run.ts";

/** Gremlin Server 3.7 runs on 11 too, but 17 is the oldest that this stack is tested with. */
const OLDEST_JAVA = 17;
const LAST_LINES = 20;

/**
 * Resolves when `java` on PATH is new enough.
 *
 * @throws Error of one line that says what is missing and how to get it.
 */
export async function requireJava(): Promise<void> {
  const lines = (await run("java", ["-version"]))?.lines ?? [];
  // `openjdk version "17.0.15" 2025-04-15`; until Java 8 it was "1.8.0".
  const version = /version "(?:1\.)?(\d+)/.exec(lines.join("\n"))?.[1];
  if (Number(version) >= OLDEST_JAVA) return;
  throw new Error(
    `Expected java ${OLDEST_JAVA} or newer on PATH, found ${version ? `java ${version}` : "none"}. ` +
      "Install it (Debian: apt-get install openjdk-17-jre-headless) and run again.",
  );
}

export interface JavaOptions {
  /** For the log's name and for messages: `gremlin-server`. */
  readonly name: string;
  /** The folder of the jars and of the launcher's classes, from `fetchJars`. */
  readonly jars: string;
  readonly mainClass: string;
  readonly args?: readonly string[];
  /** `-Dname=value`. */
  readonly properties?: Readonly<Record<string, string>>;
  /** The most memory for objects, in MiB. */
  readonly heapMb: number;
  /** The working directory; `{name}.log` is written into it. */
  readonly directory: string;
  /** Takes each line that it prints. */
  readonly onLog?: (line: string) => void;
}

/** A running Java program. Ends with this process, however this process ends. */
export class JavaProcess implements AsyncDisposable {
  readonly #options: JavaOptions;
  readonly #child: ChildProcess;
  readonly #lastLines: string[] = [];
  readonly #exited = Promise.withResolvers<string>();
  #hasExited = false;

  constructor(options: JavaOptions) {
    this.#options = options;
    const properties = Object.entries(options.properties ?? {}).map(([name, value]) => `-D${name}=${value}`);
    this.#child = spawn(
      "java",
      [
        `-Xmx${options.heapMb}m`,
        // Both shorten the start, which counts for more here than throughput after minutes.
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        ...properties,
        "-cp",
        [options.jars, join(options.jars, "*")].join(delimiter),
        options.mainClass,
        ...(options.args ?? []),
      ],
      { ...OWN_GROUP, cwd: options.directory, stdio: ["pipe", "pipe", "pipe"] },
    );
    // A program that has ended reads nothing; `exited` reports that.
    this.#child.stdin?.on("error", () => {});
    endWithParent(this.#child);
    const log = createWriteStream(join(options.directory, `${options.name}.log`));
    // A full disk must not stop the server: its lines still go to onLog.
    log.on("error", () => {});
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (!stream) continue;
      forEachLine(stream, (line) => {
        log.write(`${line}\n`);
        if (this.#lastLines.push(line) > LAST_LINES) this.#lastLines.shift();
        options.onLog?.(line);
      });
    }
    let cause: string | undefined;
    this.#child.once("error", ({ message }) => {
      cause = `could not be started: ${message}`;
    });
    this.#child.once("close", (code, signal) => {
      log.end();
      this.#hasExited = true;
      this.#exited.resolve(`${options.name} ${cause ?? `ended with ${signal ?? `exit code ${code}`}`}`);
    });
  }

  /** Resolves when it has ended, to a clause that says how: `gremlin-server ended with exit code 1`. */
  get exited(): Promise<string> {
    return this.#exited.promise;
  }

  get hasExited(): boolean {
    return this.#hasExited;
  }

  /** Writes to its standard input and closes it: for secrets, since other users can read arguments. */
  endInput(text: string): void {
    this.#child.stdin?.end(text);
  }

  /** An error that says what went wrong and shows the last that the program printed. */
  failure(words: string): Error {
    const { directory, name } = this.#options;
    const lines = this.#lastLines.map((line) => `  ${line}`);
    return new Error([`${words}. The end of ${join(directory, `${name}.log`)}:`, ...lines].join("\n"));
  }

  /** Kills it and waits for its end. What it keeps is in memory: there is nothing to close in peace. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasExited) return;
    killGroup(this.#child);
    await this.exited;
  }
}
