import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { delimiter, join } from "node:path";
import { forEachLine, killGroup, killWithParent, OWN_GROUP } from "../process/child-processes.ts";
import { run } from "./run.ts";

/** Gremlin Server 3.7 also runs on 11, which is not tested. */
const MIN_JAVA_VERSION = 17;
/** Log lines that an error contains. */
const MAX_ERROR_LINES = 20;

/**
 * Resolves when `java` on PATH is new enough.
 * @throws {Error} of one line, with the command that installs Java.
 */
export async function requireJava(): Promise<void> {
  const lines = (await run("java", ["-version"]))?.lines ?? [];
  // `openjdk version "17.0.15" 2025-04-15`; until Java 8 it was "1.8.0".
  const version = /version "(?:1\.)?(\d+)/.exec(lines.join("\n"))?.[1];
  if (Number(version) >= MIN_JAVA_VERSION) return;
  throw new Error(
    `Expected java ${MIN_JAVA_VERSION} or newer on PATH, found ${version ? `java ${version}` : "none"}. ` +
      "Install it (Debian: apt-get install openjdk-17-jre-headless) and run again.",
  );
}

export interface JavaOptions {
  /** Name of the log file and in messages: `gremlin-server`. */
  readonly name: string;
  /** The folder of the jars and launcher classes, from `fetchJars`. */
  readonly jars: string;
  readonly mainClass: string;
  readonly args?: readonly string[];
  /** `-Dname=value`. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Maximum heap size in MiB. */
  readonly heapMb: number;
  /** The working directory; `{name}.log` is written into it. */
  readonly directory: string;
  /** Receives each line of standard output and standard error. */
  readonly onLog?: (line: string) => void;
}

/** A running Java program. It ends when this process ends, even by SIGKILL. */
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
        // Both shorten the start at the cost of throughput.
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
    // Writing to an ended program fails; `exited` reports its end.
    this.#child.stdin?.on("error", () => {});
    killWithParent(this.#child);
    const log = createWriteStream(join(options.directory, `${options.name}.log`));
    // A full disk must not stop the server: its lines still go to onLog.
    log.on("error", () => {});
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (!stream) continue;
      forEachLine(stream, (line) => {
        log.write(`${line}\n`);
        if (this.#lastLines.push(line) > MAX_ERROR_LINES) this.#lastLines.shift();
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

  /** Resolves at its end to a clause with the cause: `gremlin-server ended with exit code 1`. */
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

  /** An error of `summary` and the last lines of the log. */
  failure(summary: string): Error {
    const { directory, name } = this.#options;
    const lines = this.#lastLines.map((line) => `  ${line}`);
    return new Error([`${summary}. The end of ${join(directory, `${name}.log`)}:`, ...lines].join("\n"));
  }

  /** Kills the program and waits for its end. It needs no orderly shutdown, because it keeps its data in memory. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasExited) return;
    killGroup(this.#child);
    await this.exited;
  }
}
