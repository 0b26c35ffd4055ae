import { InvokeCommand, type InvokeCommandOutput, LambdaClient } from "@aws-sdk/client-lambda";
import * as v from "valibot";
import { CommandError } from "./command.ts";
import type { Stack } from "./find-stack.ts";
import { harmless, harmlessDeep } from "./terminal.ts";

/** A little longer than the function may take, which is 60 s. */
const TIMEOUT_MS = 65_000;

/** Through which everything calls the functions: what is behind it has been deployed whole. */
const QUALIFIER = "next";

export interface Operation {
  readonly operation: string;
  readonly [field: string]: unknown;
}

/** Asks the operate function of one stack. */
export class Operator implements Disposable {
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
   * The answer of the function, as it came (`raw`, only for JSON) and as the schema has it, without control characters.
   * @throws {CommandError} when it refuses, fails, cannot be reached or answers something else.
   */
  async ask<Schema extends v.GenericSchema>(
    operation: Operation,
    schema: Schema,
  ): Promise<{ readonly raw: unknown; readonly answer: v.InferOutput<Schema> }> {
    const raw = this.#read(await this.#invoke(operation));
    const { success, output } = v.safeParse(schema, raw);
    if (success) return { raw, answer: harmlessDeep(output) };
    throw new CommandError(
      `The function ${this.#stack.operateFunction} answers ${operation.operation} in a form that is not known here. ` +
        "Deploy the stack, or start it, from the same sources as this command.",
    );
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }

  async #invoke(operation: Operation): Promise<InvokeCommandOutput> {
    const FunctionName = this.#stack.operateFunction;
    const Payload = JSON.stringify(operation);
    try {
      return await this.#client.send(new InvokeCommand({ FunctionName, Qualifier: QUALIFIER, Payload }));
    } catch (error) {
      throw new CommandError(explain(error, this.#stack), { cause: error });
    }
  }

  #read({ Payload, FunctionError }: InvokeCommandOutput): unknown {
    const answer = parseJson(Buffer.from(Payload ?? []).toString());
    if (FunctionError !== undefined) {
      const { errorType = "Error", errorMessage = "" } = v.is(failure, answer) ? answer : {};
      throw new CommandError(
        `The function ${this.#stack.operateFunction} failed: ${harmless(`${errorType}: ${errorMessage}`)}\n${this.#whereLogIs()}`,
      );
    }
    if (v.is(problem, answer)) throw new CommandError(harmless(answer.problem));
    return answer;
  }

  #whereLogIs(): string {
    const { local, name } = this.#stack;
    if (local)
      return "Its log is what npm start prints, and operate.log in the folder logs beside its outputs.json.";
    // Of ORGANIZATION/PROJECT/NAME only the last is in the name of the log group.
    const stack = name?.split("/").at(-1) ?? "$(pulumi stack --show-name)";
    return `Its log is in CloudWatch: aws logs tail /ticker-watch/${stack}/operate`;
  }
}

/** `undefined` for what is no JSON, which no schema takes. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const failure = v.object({ errorType: v.optional(v.string()), errorMessage: v.optional(v.string()) });
const problem = v.object({ problem: v.string() });

/** What is the matter and what to do, by the names that Lambda and the SDK give. */
function explain(error: unknown, { operateFunction, region, title, local }: Stack): string {
  const { name, message } = error as Error;
  const code = (error as NodeJS.ErrnoException).code;
  const fn = `${operateFunction}:${QUALIFIER}`;
  switch (name) {
    case "AccessDeniedException":
      return `AWS does not let you ask this stack: ${message}\nYou need lambda:InvokeFunction on the function ${fn}.`;
    case "ResourceNotFoundException":
      return `There is no function ${fn} in ${region ?? "your region"} of your AWS account. Choose the account with AWS_PROFILE, or deploy the stack again: npm run up`;
    case "CredentialsProviderError":
    case "TokenProviderError":
      return `No AWS credentials were found: ${message}\nSign in with aws sso login or aws configure, and choose a profile with AWS_PROFILE.`;
    case "ExpiredTokenException":
    case "UnrecognizedClientException":
    case "InvalidSignatureException":
      return `AWS does not accept your credentials: ${message}\nSign in again: aws sso login`;
    case "TooManyRequestsException":
      return `All that may run of ${fn} is running. Try again in a moment.`;
  }
  if (message === "Region is missing") return "Expected an AWS region. Choose it with AWS_REGION.";
  if (name === "TimeoutError") return `${fn} did not answer within ${TIMEOUT_MS / 1000} s. Try again.`;
  if (local && code === "ECONNREFUSED") {
    return `Nobody answers at ${local.lambdaUrl}, where ${title} should be. Start it again: npm start`;
  }
  return `${fn} could not be asked: ${message || code || name}`;
}
