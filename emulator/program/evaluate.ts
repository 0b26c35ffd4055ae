import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Configuration } from "./configuration.ts";
import type { DeclaredProgram } from "./declared.ts";
import type { EvaluationRequest, EvaluationResult } from "./evaluate-child.ts";

/**
 * The resources of the Pulumi program, with synthesized outputs, and the stack outputs.
 * @throws {Error} with the program's messages when it fails.
 */
export async function evaluateProgram(
  projectDirectory: string,
  configuration: Configuration,
): Promise<DeclaredProgram> {
  const child = fork(join(import.meta.dirname, "evaluate-child.ts"), {
    cwd: projectDirectory,
    // Options of this process may contain paths relative to another directory.
    execArgv: [],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  let result: EvaluationResult | undefined;
  child.on("message", (message: EvaluationResult) => {
    result = message;
  });
  child.send({ projectDirectory, configuration } satisfies EvaluationRequest);
  const [exitCode] = await once(child, "close");
  if (!result)
    throw new Error(
      `Expected a result of the Pulumi program, but it ended with exit code ${exitCode}.\n${stderr}`.trim(),
    );
  if (!result.ok) throw new Error(`The Pulumi program failed:\n${[...new Set(result.errors)].join("\n")}`);
  return { resources: result.resources, outputs: result.outputs };
}
