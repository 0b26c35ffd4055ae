import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Configuration } from "./configuration.ts";
import type { DeclaredProgram } from "./declared.ts";
import type { EvaluationRequest, EvaluationResult } from "./evaluate-child.ts";

/**
 * What the Pulumi program declares under `configuration`: its resources, with outputs in AWS's form, and its own outputs.
 * @throws {Error} when the program fails, with its own words.
 */
export async function evaluateProgram(
  projectDirectory: string,
  configuration: Configuration,
): Promise<DeclaredProgram> {
  const child = fork(join(import.meta.dirname, "evaluate-child.ts"), {
    cwd: projectDirectory,
    // The options of this process may contain paths relative to its own directory.
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
    throw new Error(`The Pulumi program ended with exit code ${exitCode} and no result.\n${stderr}`.trim());
  if (!result.ok) throw new Error(`The Pulumi program fails:\n${[...new Set(result.errors)].join("\n")}`);
  return { resources: result.resources, outputs: result.outputs };
}
