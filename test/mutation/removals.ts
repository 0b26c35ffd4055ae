import type { DeclaredProgram, DeclaredResource } from "#emulator/program/declared.ts";

/** A program without one of its declarations. */
export interface Removal {
  /** The removed declaration, unique in the program. */
  readonly title: string;
  /** The affected functions, by logical name; only their probes run. */
  readonly functions: readonly string[];
  readonly program: DeclaredProgram;
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

const POLICY = "aws:iam/rolePolicy:RolePolicy";
const FUNCTION = "aws:lambda/function:Function";
const ROUTE = "aws:apigatewayv2/route:Route";
const RESPONSE = "aws:apigatewayv2/routeResponse:RouteResponse";

/** One program per allowed action and resource of a role, without that permission. */
export function withoutEachGrant(program: DeclaredProgram): readonly Removal[] {
  return resourcesOfType(program, POLICY).flatMap((policy) => {
    const { Version, Statement: statements } = JSON.parse(String(policy.properties["policy"])) as {
      readonly Version: string;
      readonly Statement: readonly Statement[];
    };
    return statements.flatMap((statement, index) =>
      grantsOf(statement).map(({ action, resource }) => {
        const rest = grantsOf(statement)
          .filter((grant) => grant.action !== action || grant.resource !== resource)
          .map((grant) => ({ ...statement, Action: grant.action, Resource: grant.resource }));
        const Statement = statements.toSpliced(index, 1, ...rest);
        return {
          title: `${action} on ${shortArn(resource)} of ${policy.name}`,
          functions: [policy.name.replace(/-hourly$/, "")],
          program: replace(program, policy, { policy: JSON.stringify({ Version, Statement }) }),
        };
      }),
    );
  });
}

/** One program per environment variable of a function, without that variable. */
export function withoutEachVariable(program: DeclaredProgram): readonly Removal[] {
  return resourcesOfType(program, FUNCTION).flatMap((fn) => {
    const { variables } = fn.properties["environment"] as { readonly variables: Record<string, string> };
    return Object.keys(variables).map((name) => {
      const { [name]: _, ...rest } = variables;
      return {
        title: `${name} of ${fn.name}`,
        functions: [fn.name],
        program: replace(program, fn, { environment: { variables: rest } }),
      };
    });
  });
}

/** One program per route, response, permission, mapping and schedule, without that resource. */
export function withoutEachLink(program: DeclaredProgram): readonly Removal[] {
  return [
    ...resourcesOfType(program, ROUTE).map((route) => {
      const isOnRoute = ({ type, properties }: DeclaredResource) =>
        type === RESPONSE && properties["routeId"] === route.id;
      return without(program, route, functionsOfApi(route), isOnRoute);
    }),
    ...resourcesOfType(program, RESPONSE).map((response) => without(program, response, ["watch"])),
    ...resourcesOfType(program, "aws:lambda/permission:Permission").map((permission) =>
      without(program, permission, functionsOfApi(permission)),
    ),
    ...resourcesOfType(program, "aws:lambda/eventSourceMapping:EventSourceMapping").map((mapping) =>
      without(program, mapping, ["notify"]),
    ),
    ...resourcesOfType(program, "aws:scheduler/schedule:Schedule").map((schedule) =>
      without(program, schedule, ["sweep"]),
    ),
  ];
}

const resourcesOfType = ({ resources }: DeclaredProgram, type: string) =>
  resources.filter((resource) => resource.type === type);

const grantsOf = ({ Action, Resource }: Statement) =>
  [Action].flat().flatMap((action) => [Resource].flat().map((resource) => ({ action, resource })));

const functionsOfApi = ({ name }: DeclaredResource): string[] =>
  name.startsWith("stock-watch") ? ["watch"] : ["publish"];

function without(
  program: DeclaredProgram,
  resource: DeclaredResource,
  functions: readonly string[],
  isDependent: (other: DeclaredResource) => boolean = () => false,
): Removal {
  const resources = program.resources.filter((other) => other !== resource && !isDependent(other));
  const kind = resource.type.split(":").at(-1);
  return { title: `${kind} ${resource.name}`, functions, program: { ...program, resources } };
}

function replace(
  program: DeclaredProgram,
  resource: DeclaredResource,
  properties: Readonly<Record<string, unknown>>,
): DeclaredProgram {
  const changed = { ...resource, properties: { ...resource.properties, ...properties } };
  return { ...program, resources: program.resources.map((each) => (each === resource ? changed : each)) };
}

/** The ARN without region and account, which are the same in all ARNs. */
const shortArn = (arn: string): string => arn.replace(/^arn:aws:([^:]+):[^:]*:\d*:/, "$1:");
