import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import type { Configuration } from "./configuration.ts";
import { type DeclaredFiles, type DeclaredResource, UNKNOWN } from "./declared.ts";
import { ACCOUNT_ID, inventId, inventOutputs } from "./invent-outputs.ts";

/*
 * Runs the Pulumi program under Pulumi's runtime mocks and sends what it declares to the parent. A process of its own,
 * because a module can be evaluated only once in each.
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
  // The channel alone must not keep the process up: it ends, and answers, when the program has nothing left to do.
  process.channel?.unref();
  evaluate(request).catch(fail);
});

const errors: string[] = [];
const resources = new Map<string, pulumi.runtime.MockResourceArgs>();
let outputs: Record<string, unknown> | undefined;

// Errors come in as several rejections, often after the program itself seems done: all are gathered, and sent once.
process.on("unhandledRejection", fail);
process.on("uncaughtException", fail);
process.once("beforeExit", () => {
  send().catch((error: unknown) => {
    fail(error);
    process.send?.({ ok: false, errors } satisfies EvaluationResult);
  });
});

async function evaluate({ projectDirectory, configuration }: EvaluationRequest): Promise<void> {
  const { project, stack, region, values } = configuration;
  pulumi.runtime.setAllConfig({ ...values });
  const mocks: pulumi.runtime.Mocks = {
    newResource(args) {
      const key = `${args.type}::${args.name}`;
      if (resources.has(key))
        throw new Error(`Expected one ${args.type} named ${args.name}, but there are two.`);
      const invented = inventId(args.type, args.name);
      const outputs = inventOutputs(args.type, invented, args.inputs, region);
      const state = { ...args.inputs, ...outputs };
      // SQS knows a queue by its URL, and so does Pulumi.
      const id = args.type === "aws:sqs/queue:Queue" ? String(outputs["url"]) : invented;
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
          throw new Error(`The program asks AWS for ${token}, which this machine cannot answer.`);
      }
    },
  };
  // As a preview: what nobody can know before a deploy stays unknown, instead of turning into the text "undefined".
  await pulumi.runtime.setMocks(mocks, project, stack, true);
  let exported: Record<string, unknown> = {};
  await pulumi.runtime.runInPulumiStack(async () => {
    exported = { ...(await import(pathToFileURL(join(projectDirectory, "index.ts")).href)) };
    return exported;
  });
  await pulumi.runtime.disconnect();
  const entries = Object.entries(exported).map(
    async ([name, value]) => [name, await knownValue(value)] as const,
  );
  outputs = Object.fromEntries(await Promise.all(entries));
}

/** What an output has besides its public face; the SDK itself asks it so. */
interface KnowableOutput {
  readonly isKnown: Promise<boolean>;
  promise(): Promise<unknown>;
}

async function knownValue(value: unknown): Promise<unknown> {
  const output = pulumi.output(value) as unknown as KnowableOutput;
  return (await output.isKnown) ? await plain(await output.promise()) : UNKNOWN;
}

async function send(): Promise<void> {
  if (!outputs && errors.length === 0) errors.push("The program ended before it had declared its outputs.");
  if (errors.length > 0 || !outputs) {
    process.send?.({ ok: false, errors } satisfies EvaluationResult);
    return;
  }
  const declared = [...resources.values()].map(async ({ type, name, id, inputs }) => ({
    type,
    name,
    id: id ?? "",
    properties: (await plain(inputs)) as Record<string, unknown>,
  }));
  process.send?.({ ok: true, resources: await Promise.all(declared), outputs } satisfies EvaluationResult);
}

/** What a value looks like without Pulumi's wrappings: secrets bare, assets as their files, the unknown as {@link UNKNOWN}. */
async function plain(value: unknown): Promise<unknown> {
  if (typeof value !== "object" || value === null) return value;
  if (isAsset(value)) return await files(value);
  if (isList(value)) return await Promise.all(value.map(plain));
  const record = value as Record<string, unknown>;
  if (record["__pulumiUnknown"] === true) return UNKNOWN;
  if (pulumi.runtime.isRpcSecret(value)) return await plain(pulumi.runtime.unwrapRpcSecret(value));
  const entries = Object.entries(record).map(async ([key, entry]) => [key, await plain(entry)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** An asset is one file without a name. */
async function files(value: unknown): Promise<DeclaredFiles> {
  if (value instanceof pulumi.asset.StringAsset) return { "": base64(await value.text) };
  if (value instanceof pulumi.asset.FileAsset)
    return { "": (await readFile(await value.path)).toString("base64") };
  if (value instanceof pulumi.asset.AssetArchive) {
    const assets = Object.entries(await value.assets).map(async ([name, asset]) => [
      name,
      (await files(asset))[""] ?? "",
    ]);
    return Object.fromEntries(await Promise.all(assets));
  }
  throw new Error(
    `This machine serves text, files and archives of them, not a ${(value as object).constructor.name}.`,
  );
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

// Pulumi's own guards narrow `any`, and leave `never` behind for an `unknown`.
const isAsset = (value: unknown): boolean =>
  pulumi.asset.Asset.isInstance(value) || pulumi.asset.Archive.isInstance(value);

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

function fail(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  // A RunError is meant for the person at the terminal: its message is enough.
  errors.push(pulumi.RunError.isInstance(error) ? message : (stack ?? message));
}
