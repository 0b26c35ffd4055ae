import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import type { Configuration } from "./configuration.ts";
import { type DeclaredFiles, type DeclaredResource, UNKNOWN } from "./declared.ts";
import { ACCOUNT_ID, synthesizeId, synthesizeOutputs } from "./synthesize-outputs.ts";

/*
 * Evaluates the Pulumi program under Pulumi's runtime mocks and sends its resources and outputs to the parent process.
 * A child process, because a process evaluates a module only once.
 */

export interface EvaluationRequest {
  readonly projectDirectory: string;
  readonly configuration: Configuration;
}

export type EvaluationResult =
  | {
      readonly ok: true;
      readonly resources: readonly DeclaredResource[];
      readonly outputs: Readonly<Record<string, unknown>>;
    }
  | { readonly ok: false; readonly errors: readonly string[] };

process.once("message", (request: EvaluationRequest) => {
  // The channel must not keep the process alive: "beforeExit" sends the result.
  process.channel?.unref();
  evaluate(request).catch(recordError);
});

const errors: string[] = [];
const resources = new Map<string, pulumi.runtime.MockResourceArgs>();
let outputs: Record<string, unknown> | undefined;

// Pulumi rejects several promises for one error, some after the program has returned, so errors are collected until the end.
process.on("unhandledRejection", recordError);
process.on("uncaughtException", recordError);
process.once("beforeExit", () => {
  sendResult().catch((error: unknown) => {
    recordError(error);
    process.send?.({ ok: false, errors } satisfies EvaluationResult);
  });
});

async function evaluate({ projectDirectory, configuration }: EvaluationRequest): Promise<void> {
  const { project, stack, region, values } = configuration;
  pulumi.runtime.setAllConfig({ ...values });
  const mocks: pulumi.runtime.Mocks = {
    newResource(args) {
      const key = `${args.type}::${args.name}`;
      if (resources.has(key)) throw new Error(`Expected one ${args.type} named ${args.name}, got two.`);
      const synthesizedId = synthesizeId(args.type, args.name);
      const outputs = synthesizeOutputs(args.type, synthesizedId, args.inputs, region);
      const state = { ...args.inputs, ...outputs };
      // The provider uses the URL of a queue as its id.
      const id = args.type === "aws:sqs/queue:Queue" ? String(outputs["url"]) : synthesizedId;
      resources.set(key, { ...args, id, inputs: state });
      return { id, state };
    },
    call({ token }) {
      switch (token) {
        case "aws:index/getCallerIdentity:getCallerIdentity":
          return { accountId: ACCOUNT_ID };
        case "aws:index/getRegion:getRegion":
          return { region };
        default:
          throw new Error(
            `Expected a call that the local stack serves, got ${token}. Serve it in ` +
              "emulator/program/evaluate-child.ts.",
          );
      }
    },
  };
  // In a preview missing outputs stay unknown instead of becoming the string "undefined".
  await pulumi.runtime.setMocks(mocks, project, stack, true);
  let exported: Record<string, unknown> = {};
  await pulumi.runtime.runInPulumiStack(async () => {
    exported = { ...(await import(pathToFileURL(join(projectDirectory, "index.ts")).href)) };
    return exported;
  });
  await pulumi.runtime.disconnect();
  const entries = Object.entries(exported).map(
    async ([name, value]) => [name, await outputValue(value)] as const,
  );
  outputs = Object.fromEntries(await Promise.all(entries));
}

/** Members of an output that the SDK uses itself, but does not declare. */
interface OutputInternals {
  readonly isKnown: Promise<boolean>;
  promise(): Promise<unknown>;
}

async function outputValue(value: unknown): Promise<unknown> {
  const output = pulumi.output(value) as unknown as OutputInternals;
  return (await output.isKnown) ? await unwrap(await output.promise()) : UNKNOWN;
}

async function sendResult(): Promise<void> {
  if (!outputs && errors.length === 0) errors.push("The program ended before it returned its outputs.");
  if (errors.length > 0 || !outputs) {
    process.send?.({ ok: false, errors } satisfies EvaluationResult);
    return;
  }
  const declared = [...resources.values()].map(async ({ type, name, id, inputs }) => ({
    type,
    name,
    id: id ?? "",
    properties: (await unwrap(inputs)) as Record<string, unknown>,
  }));
  process.send?.({ ok: true, resources: await Promise.all(declared), outputs } satisfies EvaluationResult);
}

/** The value without Pulumi's wrappers: secrets in plain text, assets as {@link DeclaredFiles}, unknown values as {@link UNKNOWN}. */
async function unwrap(value: unknown): Promise<unknown> {
  if (typeof value !== "object" || value === null) return value;
  if (isAsset(value)) return await readFiles(value);
  if (isList(value)) return await Promise.all(value.map(unwrap));
  const record = value as Record<string, unknown>;
  if (record["__pulumiUnknown"] === true) return UNKNOWN;
  if (pulumi.runtime.isRpcSecret(value)) return await unwrap(pulumi.runtime.unwrapRpcSecret(value));
  const entries = Object.entries(record).map(async ([key, entry]) => [key, await unwrap(entry)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** The files of an archive; an asset is one file with an empty name. */
async function readFiles(value: unknown): Promise<DeclaredFiles> {
  if (value instanceof pulumi.asset.StringAsset) return { "": base64(await value.text) };
  if (value instanceof pulumi.asset.FileAsset)
    return { "": (await readFile(await value.path)).toString("base64") };
  if (value instanceof pulumi.asset.AssetArchive) {
    const assets = Object.entries(await value.assets).map(async ([name, asset]) => [
      name,
      (await readFiles(asset))[""] ?? "",
    ]);
    return Object.fromEntries(await Promise.all(assets));
  }
  throw new Error(
    `Expected a StringAsset, a FileAsset or an AssetArchive, got a ${(value as object).constructor.name}. ` +
      "Use one of these.",
  );
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

// Pulumi's type guards narrow `unknown` to `never` in the negative case.
const isAsset = (value: unknown): boolean =>
  pulumi.asset.Asset.isInstance(value) || pulumi.asset.Archive.isInstance(value);

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

function recordError(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  // A RunError is a message for the user; its stack is of no use.
  errors.push(pulumi.RunError.isInstance(error) ? message : (stack ?? message));
}
