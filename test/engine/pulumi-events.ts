/** A step of the engine, executed or previewed. */
export interface Step {
  /** Such as `update` or `same`; for a replacement `create-replacement`, `replace`, `delete-replaced`. */
  readonly op: string;
  /** `type::name`, without the types of the parents. */
  readonly resource: string;
  /** The new inputs; empty for a deletion. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** The output of a CLI command. */
export interface Run {
  readonly steps: readonly Step[];
  /** `op type::name` of every step except `same`, sorted because the engine runs in parallel. */
  readonly changes: readonly string[];
  /** Errors, warnings and program output. */
  readonly messages: readonly string[];
}

/** Subset of https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go */
interface EngineEvent {
  readonly resourcePreEvent?: {
    readonly metadata: {
      readonly op: string;
      readonly urn: string;
      readonly new: { readonly inputs: Readonly<Record<string, unknown>> } | null;
    };
  };
  readonly diagnosticEvent?: { readonly severity: string; readonly message: string };
}

/** Parses the output of `pulumi … --json`. */
export function readEvents(output: string): Run {
  const events = output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as EngineEvent);
  const steps = events.flatMap(({ resourcePreEvent }) => {
    if (!resourcePreEvent) return [];
    const { op, urn, new: after } = resourcePreEvent.metadata;
    return [{ op, resource: shortName(urn), inputs: after?.inputs ?? {} }];
  });
  return {
    steps,
    changes: steps
      .filter(({ op }) => op !== "same")
      .map(({ op, resource }) => `${op} ${resource}`)
      .sort(),
    messages: events.flatMap(({ diagnosticEvent }) =>
      diagnosticEvent && diagnosticEvent.severity !== "debug"
        ? [`${diagnosticEvent.severity}: ${diagnosticEvent.message.trim()}`]
        : [],
    ),
  };
}

/** `urn:pulumi:dev::ticker-watch::parent$aws:iam/role:Role::watch` → `aws:iam/role:Role::watch`. */
export function shortName(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  return `${types.slice(types.lastIndexOf("$") + 1)}::${name.join("::")}`;
}
