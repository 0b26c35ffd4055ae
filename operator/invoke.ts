import { InvokeCommand, type InvokeCommandOutput, LambdaClient } from "@aws-sdk/client-lambda";
import * as v from "valibot";
import { CommandError } from "./command.ts";
import type { Stack } from "./find-stack.ts";
import { stripControlChars, stripControlCharsDeep } from "./terminal.ts";

/** Above the 60 s timeout of the function. */
const TIMEOUT_MS = 65_000;

/** The alias that points at the latest published version. */
const QUALIFIER = "next";

export interface Operation {
  readonly operation: string;
  readonly [field: string]: unknown;
}

/** Calls the operate function of one stack. */
export class OperateClient implements Disposable {
  readonly #stack: Stack;
  readonly #client: LambdaClient;

  constructor(stack: Stack) {
    this.#stack = stack;
    const { region, local } = stack;
    this.#client = new LambdaClient({
      ...(region !== undefined && { region }),
      ...(local && { endpoint: local.lambdaUrl, credentials: local.credentials }),
      requestHandler: { requestTimeout: TIMEOUT_MS, throwOnRequestTimeout: true },
    });
  }

  /**
   * The response: `raw` is unmodified, for JSON output only; `answer` is parsed, without control characters.
   * @throws {CommandError} when the function rejects the operation, fails, is unreachable or returns other data.
   */
  async invoke<Schema extends v.GenericSchema>(
    operation: Operation,
    schema: Schema,
  ): Promise<{ readonly raw: unknown; readonly answer: v.InferOutput<Schema> }> {
    const raw = this.#read(await this.#send(operation));
    const { success, output } = v.safeParse(schema, raw);
    if (success) return { raw, answer: stripControlCharsDeep(output) };
    throw new CommandError(
      `The function ${this.#stack.operateFunction} returned an unexpected response to ${operation.operation}. ` +
        "Deploy or start the stack from the same sources as this command.",
    );
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }

  async #send(operation: Operation): Promise<InvokeCommandOutput> {
    const FunctionName = this.#stack.operateFunction;
    const Payload = JSON.stringify(operation);
    try {
      return await this.#client.send(new InvokeCommand({ FunctionName, Qualifier: QUALIFIER, Payload }));
    } catch (error) {
      throw new CommandError(describeFault(error, this.#stack), { cause: error });
    }
  }

  #read({ Payload, FunctionError }: InvokeCommandOutput): unknown {
    const answer = parseJson(Buffer.from(Payload ?? []).toString());
    if (FunctionError !== undefined) {
      const { errorType = "Error", errorMessage = "" } = v.is(failure, answer) ? answer : {};
      throw new CommandError(
        `The function ${this.#stack.operateFunction} failed: ` +
          `${stripControlChars(`${errorType}: ${errorMessage}`)}\n${this.#describeLog()}`,
      );
    }
    if (v.is(problem, answer)) throw new CommandError(stripControlChars(answer.problem));
    return answer;
  }

  #describeLog(): string {
    const { local, name } = this.#stack;
    if (local)
      return "Log: the output of npm start, and logs/operate.log next to the outputs.json of the stack.";
    // A stack name may be ORGANIZATION/PROJECT/NAME; the log group contains only NAME.
    const stack = name?.split("/").at(-1) ?? "$(pulumi stack --show-name)";
    return `Log: aws logs tail /ticker-watch/${stack}/operate`;
  }
}

/** `undefined` for invalid JSON, which every schema rejects. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const failure = v.object({ errorType: v.optional(v.string()), errorMessage: v.optional(v.string()) });
const problem = v.object({ problem: v.string() });

/** Cause and remedy, by the error names of Lambda and the SDK. */
function describeFault(error: unknown, { operateFunction, region, local }: Stack): string {
  const { name, message } = error as Error;
  const code = (error as NodeJS.ErrnoException).code;
  const fn = `${operateFunction}:${QUALIFIER}`;
  switch (name) {
    case "AccessDeniedException":
      return `AWS denied the call: ${message}\nYou need lambda:InvokeFunction on the function ${fn}.`;
    case "ResourceNotFoundException":
      return (
        `There is no function ${fn} in ${region ?? "your region"} of your AWS account. ` +
        "Select the account with AWS_PROFILE, or deploy the stack: npm run up"
      );
    case "CredentialsProviderError":
    case "TokenProviderError":
      return (
        `No AWS credentials found: ${message}\n` +
        "Sign in with aws sso login or aws configure, and select a profile with AWS_PROFILE."
      );
    case "ExpiredTokenException":
    case "UnrecognizedClientException":
    case "InvalidSignatureException":
      return `AWS rejected your credentials: ${message}\nSign in again: aws sso login`;
    case "TooManyRequestsException":
      return `${fn} was throttled (concurrency limit). Try again in a moment.`;
  }
  if (message === "Region is missing") return "Expected an AWS region, got none. Set AWS_REGION.";
  if (name === "TimeoutError") return `${fn} timed out after ${TIMEOUT_MS / 1000} s. Try again.`;
  if (local && code === "ECONNREFUSED") {
    return `Connection refused at ${local.lambdaUrl}; is \`npm start\` running?`;
  }
  return `Could not call ${fn}: ${message || code || name}`;
}
