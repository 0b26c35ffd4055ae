import { isQuery, nestedValues, readRequest } from "./graph-binary.ts";

/** The access in `neptune-db:{access}DataViaQuery`. */
export type DataAccess = "Read" | "Write" | "Delete";

/**
 * The access that Neptune requires for a step, whatever its effect. `property()` can replace a value: Delete.
 * https://docs.aws.amazon.com/neptune/latest/userguide/iam-data-access-policies.html#iam-data-query-actions
 */
const ACCESS_OF_STEP: ReadonlyMap<string, readonly DataAccess[]> = new Map([
  ["addV", ["Write"]],
  ["addE", ["Write"]],
  ["mergeV", ["Write"]],
  ["mergeE", ["Write"]],
  ["property", ["Write", "Delete"]],
  ["drop", ["Delete"]],
]);
const ORDER: readonly DataAccess[] = ["Read", "Write", "Delete"];

export type QueryAccess =
  /** `access` is in the order Read, Write, Delete and always contains Read. */
  | { readonly ok: true; readonly requestId: string; readonly access: readonly DataAccess[] }
  /** `requestId` is undefined when it cannot be parsed. */
  | { readonly ok: false; readonly requestId: string | undefined; readonly problem: string };

/** The access that the query of a frame requires, from all steps, including those in step arguments. */
export function readQueryAccess(frame: Buffer): QueryAccess {
  const request = readRequest(frame);
  if ("problem" in request) return { ok: false, ...request };
  const { requestId, op, args } = request;
  if (op !== "bytecode") return { ok: false, requestId, problem: `expected the op "bytecode", got "${op}"` };
  if (!isQuery(args.get("gremlin"))) {
    return { ok: false, requestId, problem: "expected bytecode in the argument `gremlin`" };
  }
  return { ok: true, requestId, access: accessOf(args) };
}

function accessOf(args: unknown): readonly DataAccess[] {
  const required = new Set<DataAccess>(["Read"]);
  for (const value of nestedValues(args)) {
    if (!isQuery(value)) continue;
    for (const [step] of value.stepInstructions) {
      for (const access of ACCESS_OF_STEP.get(step) ?? []) required.add(access);
    }
  }
  return ORDER.filter((access) => required.has(access));
}
