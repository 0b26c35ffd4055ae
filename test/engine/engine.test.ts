/**
 * The program under the real Pulumi engine with stand-in providers: create, update, destroy. Does not prove
 * that AWS accepts the resources or how AWS changes them; the header of each stand-in lists its limits.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Run } from "./pulumi-events.ts";
import { findPulumi, PulumiStack, type StateResource } from "./pulumi-stack.ts";
import { UNKNOWN } from "./stand-ins/check-inputs.ts";

const FUNCTION = "aws:lambda/function:Function";
const FUNCTIONS = ["authorize", "notify", "operate", "publish", "sweep", "watch"];
const ALIAS = "aws:lambda/alias:Alias";
const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";
const DEPLOYMENT = "aws:apigatewayv2/deployment:Deployment::stock-watch-routes";
const STAGE = "aws:apigatewayv2/stage:Stage::stock-watch-routes";

const pulumiFolder = findPulumi();
const title = pulumiFolder
  ? "Pulumi stack"
  : "Pulumi stack (skipped: no pulumi in PULUMI_BIN_DIR or on the PATH)";

describe.skipIf(!pulumiFolder)(title, () => {
  let stack: PulumiStack;
  beforeAll(async () => {
    stack = await PulumiStack.create(pulumiFolder ?? "");
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  let preview: Run;
  test("preview of an empty stack has unknown values and no warnings", async () => {
    preview = await stack.preview();
    expect(preview.messages).toEqual([]);
    const alias = preview.steps.find(({ resource }) => resource === `${ALIAS}::publish`);
    expect(alias?.inputs).toEqual({ name: "next", functionName: UNKNOWN, functionVersion: UNKNOWN });
    expect(brokenTexts(preview.steps)).toEqual([]);
  });

  test("up creates exactly the previewed resources", async () => {
    const up = await stack.up();
    expect(up.messages).toEqual([]);
    expect(up.changes).toEqual(preview.changes);
    expect(up.steps.filter(({ op }) => op !== "create")).toEqual([]);
    const state = await stack.state();
    expect(brokenTexts(state)).toEqual([]);
    // The state has the hashes of the function code, not the code.
    expect(JSON.stringify(state).length).toBeLessThan(500_000);
  });

  test("the state has neither the signing key nor the publish token in plain text", async () => {
    const state = JSON.stringify(await stack.state());
    expect(state).toContain("BEGIN PUBLIC KEY");
    expect(state).not.toContain("BEGIN PRIVATE KEY");
    // The start of every JWT header.
    expect(state).not.toContain(Buffer.from('{"alg":').toString("base64url"));
  });

  test("event source mappings and the schedule depend on the policies that allow them", async () => {
    const state = await stack.state();
    const policy = (name: string) => `aws:iam/rolePolicy:RolePolicy::${name}`;
    const kinds = ["connection", "page", "user"];
    for (const mapping of kinds.map((kind) => `${MAPPING}::notify-delivery-${kind}`)) {
      expect(find(state, mapping).dependencies).toContain(policy("notify"));
    }
    expect(find(state, "aws:scheduler/schedule:Schedule::sweep-hourly").dependencies).toContain(
      policy("sweep-hourly"),
    );
  });

  test("up without changes has no steps and no messages", async () => {
    const up = await stack.up();
    expect(up).toMatchObject({ changes: [], messages: [] });
  });

  test("changing logRetentionDays updates only the log groups", async () => {
    const up = await stack.up({ logRetentionDays: "30" });
    expect(up).toMatchObject({
      changes: [...FUNCTIONS, "graph-slowquery", "stock-publish-access"]
        .map((name) => `update aws:cloudwatch/logGroup:LogGroup::${name}`)
        .sort(),
      messages: [],
    });
  });

  test("changing stage replaces the stages and updates every resource with their URLs", async () => {
    const up = await stack.up({ stage: "live" });
    expect(up.messages).toEqual([]);
    expect(up.changes).toEqual(
      [
        ...replacement("aws:apigatewayv2/stage:Stage::stock-publish"),
        ...replacement(STAGE),
        ...replacement("aws:lambda/permission:Permission::stock-publish"),
        ...replacement("aws:lambda/permission:Permission::stock-watch-routes"),
        // Not sweep and authorize, which send no messages.
        ...["notify", "operate", "publish", "watch"].flatMap((name) => [
          `update aws:iam/rolePolicy:RolePolicy::${name}`,
          `update ${ALIAS}::${name}`,
          `update ${FUNCTION}::${name}`,
        ]),
        "update aws:s3/bucketObjectv2:BucketObjectv2::page-settings",
      ].sort(),
    );
  });

  test("changing the source of a function publishes a new version, moves its alias and updates nothing else", async () => {
    await stack.append("lambdas/publish/handler.ts", '\nprocess.title = "edited";\n');
    const up = await stack.up();
    expect(up).toMatchObject({
      changes: [`update ${ALIAS}::publish`, `update ${FUNCTION}::publish`],
      messages: [],
    });
    const state = await stack.state();
    const versions = FUNCTIONS.map((name) => [
      name,
      find(state, `${FUNCTION}::${name}`).outputs["version"],
      find(state, `${ALIAS}::${name}`).outputs["functionVersion"],
    ]);
    expect(versions).toEqual([
      ["authorize", "1", "1"],
      ["notify", "2", "2"],
      ["operate", "2", "2"],
      ["publish", "3", "3"],
      ["sweep", "1", "1"],
      ["watch", "2", "2"],
    ]);
  });

  test("adding a route replaces the WebSocket deployment", async () => {
    const before = find(await stack.state(), DEPLOYMENT).id;
    const route = '{ routeKey: "ping", twoWay: true },';
    await stack.edit("infra/watch-api.ts", route, `${route} ${route.replace("ping", "later")}`);
    const up = await stack.up();
    expect(up).toMatchObject({
      changes: [
        "create aws:apigatewayv2/route:Route::stock-watch-routes-later",
        "create aws:apigatewayv2/routeResponse:RouteResponse::stock-watch-routes-later",
        ...replacement(DEPLOYMENT),
        `update ${STAGE}`,
      ],
      messages: [],
    });
    const state = await stack.state();
    const deployment = find(state, DEPLOYMENT).id;
    expect(deployment).not.toBe(before);
    expect(find(state, STAGE).outputs["deploymentId"]).toBe(deployment);
  });

  test("destroy deletes every resource", async () => {
    const made = (await stack.state()).filter(({ resource }) => !resource.startsWith("pulumi:providers:"));
    const destroy = await stack.destroy();
    expect(destroy).toMatchObject({
      changes: made.map(({ resource }) => `delete ${resource}`).sort(),
      messages: [],
    });
    expect(await stack.state()).toEqual([]);
  });
});

function find(state: readonly StateResource[], resource: string): StateResource {
  const [one, ...others] = state.filter((each) => each.resource === resource);
  if (one && others.length === 0) return one;
  throw new Error(`Expected one ${resource} in the state, got ${others.length + (one ? 1 : 0)}.`);
}

/** The steps of a replacement that creates before it deletes, sorted. */
const replacement = (resource: string): string[] =>
  ["create-replacement", "delete-replaced", "replace"].map((op) => `${op} ${resource}`);

/** Strings that were built from a missing value. */
function brokenTexts(resources: readonly Pick<StateResource, "resource" | "inputs">[]): string[] {
  return resources
    .flatMap(({ resource, inputs }) => textsOf(inputs).map((text) => `${resource}: ${text}`))
    .filter((text) => /undefined|\bnull\b|NaN|\[object |Calling \[to/.test(text));
}

/** Every string in a value, except in assets and archives. */
function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null || "hash" in value) return [];
  return Object.values(value).flatMap(textsOf);
}
