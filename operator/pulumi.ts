import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { CommandError } from "./command.ts";

const START_ONE = "Start one with npm start, or deploy one with npm run up.";

/**
 * The outputs of a deployed stack, with its secrets in clear.
 * @param name `undefined`: the one that is selected.
 * @param projectDirectory that of Pulumi.yaml.
 * @throws {CommandError} when Pulumi is not there, or does not tell.
 * @see https://www.pulumi.com/docs/iac/cli/commands/pulumi_stack_output/
 */
export async function readDeployedOutputs(
  name: string | undefined,
  projectDirectory: string,
): Promise<unknown> {
  const words = ["stack", "output", "--json", "--show-secrets", "--non-interactive"];
  if (name !== undefined) words.push("--stack", name);
  try {
    const { stdout } = await promisify(execFile)("pulumi", words, { cwd: projectDirectory });
    return JSON.parse(stdout);
  } catch (error) {
    throw new CommandError(explain(error, name));
  }
}

function explain(error: unknown, name: string | undefined): string {
  const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: string };
  const none = name === undefined ? "No stack is running on this machine, and " : "";
  if (code === "ENOENT") {
    return `${none}the command pulumi, which knows the deployed ones, is not there. ${START_ONE}`;
  }
  const reason = stderr?.trim().replace(/^error: /, "") || (error as Error).message;
  const advice = name === undefined ? START_ONE : "See pulumi stack ls for the names.";
  return `${none}pulumi tells of no deployed one: ${reason}\n${advice}`;
}
