import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { CommandError } from "./command.ts";

const START_ONE = "Start one with npm start, or deploy one with npm run up.";
const INSTALL_URL = "https://www.pulumi.com/docs/iac/download-install/";

/**
 * The outputs of a deployed stack, with secrets in plain text.
 * @param name of the stack. @default the selected stack
 * @param projectDirectory contains Pulumi.yaml.
 * @throws {CommandError} when the Pulumi CLI is missing or fails.
 * @see https://www.pulumi.com/docs/iac/cli/commands/pulumi_stack_output/
 */
export async function readDeployedOutputs(
  name: string | undefined,
  projectDirectory: string,
): Promise<unknown> {
  const args = ["stack", "output", "--json", "--show-secrets", "--non-interactive"];
  if (name !== undefined) args.push("--stack", name);
  try {
    const { stdout } = await promisify(execFile)("pulumi", args, { cwd: projectDirectory });
    return JSON.parse(stdout);
  } catch (error) {
    throw new CommandError(describeFailure(error, name));
  }
}

function describeFailure(error: unknown, name: string | undefined): string {
  const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: string };
  if (code === "ENOENT") {
    return name === undefined
      ? `No stack is running on this machine, and the Pulumi CLI is not on PATH. ${START_ONE}`
      : `--stack needs the Pulumi CLI, which is not on PATH: ${INSTALL_URL}`;
  }
  const reason = stderr?.trim().replace(/^error: /, "") || (error as Error).message;
  if (name !== undefined) return `Could not read stack outputs: ${reason}\nList the stacks: pulumi stack ls`;
  return `No stack is running on this machine. Could not read stack outputs: ${reason}\n${START_ONE}`;
}
