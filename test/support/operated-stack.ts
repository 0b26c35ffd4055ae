import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalStack, startStack } from "#emulator/stack.ts";
import { claimRunDirectory } from "#start/run-directory.ts";

/** A local stack with its outputs in `directory`, where the operator CLI finds it. */
export interface OperatedStack extends AsyncDisposable {
  readonly stack: LocalStack;
  readonly directory: string;
}

export async function startOperatedStack(): Promise<OperatedStack> {
  await using resources = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "ticker-watch-operated-"));
  resources.defer(() => rm(directory, { recursive: true }));
  const run = resources.use(claimRunDirectory(directory));
  const stack = resources.use(await startStack({ directory }));
  const { outputs, endpoints, region, credentials } = stack;
  run.writeOutputs({ ...outputs, endpoints, region, credentials });
  const opened = resources.move();
  return { stack, directory, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
