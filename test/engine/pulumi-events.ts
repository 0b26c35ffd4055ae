/** What the engine did to a resource, or would do. */
export interface Step {
  /** `create`, `update`, `delete`, `same`; of a replacement `create-replacement`, `replace` and `delete-replaced`. */
  readonly op: string;
  /** The resource as `type::name`, without the types of its parents. */
  readonly resource: string;
  /** The inputs that it takes the resource to; none when it goes. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** What a command of the CLI reported. */
export interface Run {
  readonly steps: readonly Step[];
  /** `op type::name` of all but what stays the same, sorted: the engine works in parallel. */
  readonly changes: readonly string[];
  /** Whatever it had to say beside: errors, warnings, what the program printed. */
  readonly messages: readonly string[];
}

/** The parts of an event that are read here: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go */
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

/** What the lines of `pulumi … --json` tell. */
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
