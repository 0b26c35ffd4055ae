import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Marks a run directory. The running stack has a lock on it, so it must never be removed or replaced. */
const LOCK_FILE = ".ticker-watch";
const PID_FILE = "stack.pid";
const OUTPUTS_FILE = "outputs.json";

/** Files of a run, removed when the next run starts. */
const RUN_FILES = [OUTPUTS_FILE, "code", "graph", "queues", "logs"];

/** A check by the operator CLI holds the lock for less than a millisecond. */
const LOCK_TIMEOUT_MS = 500;

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/** The directory of a running stack. Disposing of it removes the outputs and lets another stack use the directory. */
export interface RunDirectory extends Disposable {
  /** Writes the outputs file, readable by this user only because it contains secrets. */
  writeOutputs(outputs: object): void;
  /** Removes the outputs file, so that the operator CLI no longer finds the stack. */
  removeOutputs(): void;
}

/**
 * Locks a directory for one stack, removes the files of its last run and makes Git ignore it. Nothing is changed before the
 * lock is held.
 * @param directory absolute; created if missing.
 * @throws {Error} when another stack uses it, or when it contains files of something else.
 */
export function claimRunDirectory(directory: string): RunDirectory {
  mkdirSync(directory, { recursive: true });
  if (readdirSync(directory).length > 0 && !existsSync(join(directory, LOCK_FILE))) {
    throw new Error(
      `Expected ${directory} to be empty or the directory of an earlier run. Choose another: npm start -- --directory DIR`,
    );
  }
  const lock = acquireLock(directory);
  const written = new Map<string, string>();
  const write = (name: string, text: string) => {
    written.set(name, text);
    writeFileSync(join(directory, name), text, { mode: 0o600 });
  };
  const remove = (name: string) => {
    // Another stack may have written it, if this directory was replaced during the run.
    if (readIfPresent(join(directory, name)) === written.get(name)) rmSync(join(directory, name));
  };
  write(PID_FILE, `${process.pid}\n`);
  for (const name of RUN_FILES) rmSync(join(directory, name), { recursive: true, force: true });
  // The directory may be inside a Git work tree, and it contains signing keys.
  writeFileSync(join(directory, ".gitignore"), "*\n");
  mkdirSync(join(directory, "logs"));
  return {
    writeOutputs: (outputs) => write(OUTPUTS_FILE, `${JSON.stringify(outputs, null, 2)}\n`),
    removeOutputs: () => remove(OUTPUTS_FILE),
    [Symbol.dispose]() {
      for (const name of written.keys()) remove(name);
      lock.close();
    },
  };
}

/**
 * Whether a stack is starting, running or stopping in a directory. The kernel releases the lock when its process ends, so the
 * answer also holds after `kill -9`, a reboot, or when another process has got the same id.
 */
export function isInUse(directory: string): boolean {
  const file = join(directory, LOCK_FILE);
  if (!existsSync(file)) return false;
  using database = new DatabaseSync(file, { readOnly: true, timeout: 0 });
  try {
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  }
}

/**
 * An exclusive lock on {@link LOCK_FILE}. SQLite, because Node offers no other lock that the kernel releases; the file stays empty.
 * The process must not open the file in any other way: closing it would release the lock (POSIX advisory locks).
 */
function acquireLock(directory: string): DatabaseSync {
  const file = join(directory, LOCK_FILE);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: LOCK_TIMEOUT_MS });
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database?.close();
    if (isBusy(error)) {
      throw new Error(
        `A stack is already running in ${directory}${readPid(directory)}. Stop it, or start this one in another directory: npm start -- --directory DIR`,
      );
    }
    throw new Error(
      `Expected ${file} to be a file that this process can lock, got: ${(error as Error).message}. Choose another directory: npm start -- --directory DIR`,
    );
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;

function readPid(directory: string): string {
  const text = readIfPresent(join(directory, PID_FILE))?.trim();
  return text ? ` (process ${text})` : "";
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
