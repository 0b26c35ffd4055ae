import { isQuery, readRequest, within } from "./graph-binary.ts";

/** Of `neptune-db:{access}DataViaQuery`. */
export type Access = "Read" | "Write" | "Delete";

/**
 * What Neptune demands for a step, whether or not the step then does it. `property()` may replace a value, and so deletes.
 * https://docs.aws.amazon.com/neptune/latest/userguide/iam-data-access-policies.html#iam-data-query-actions
 */
const ACCESS_OF_STEP: ReadonlyMap<string, readonly Access[]> = new Map([
  ["addV", ["Write"]],
  ["addE", ["Write"]],
  ["mergeV", ["Write"]],
  ["mergeE", ["Write"]],
  ["property", ["Write", "Delete"]],
  ["drop", ["Delete"]],
]);
const ORDER: readonly Access[] = ["Read", "Write", "Delete"];

export type QueryAccess =
  /** In the order Read, Write, Delete; Read is always among them. */
  | { readonly ok: true; readonly requestId: string; readonly access: readonly Access[] }
  /** Without a request id when not even that can be read. */
  | { readonly ok: false; readonly requestId: string | undefined; readonly problem: string };

/** Which kinds of access the query of a frame needs, by all its steps, also those in arguments of other steps. */
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

function accessOf(args: unknown): readonly Access[] {
  const needed = new Set<Access>(["Read"]);
  for (const value of within(args)) {
    if (!isQuery(value)) continue;
    for (const [step] of value.stepInstructions) {
      for (const access of ACCESS_OF_STEP.get(step) ?? []) needed.add(access);
    }
  }
  return ORDER.filter((access) => needed.has(access));
}
