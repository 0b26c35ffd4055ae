import type { DeclaredProgram, DeclaredResource } from "../../local/program/declared.ts";

/** A program that lacks one of the things that it declares. */
export interface Removal {
  /** What it lacks, unique in the program. */
  readonly title: string;
  /** The functions, by logical name, that it concerns: with what they do the lack is looked for. */
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

/** The program without one action on one resource that a role is allowed: for each of them. */
export function withoutEachGrant(program: DeclaredProgram): readonly Removal[] {
  return ofType(program, POLICY).flatMap((policy) => {
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

/** The program without one variable of one function: for each of them. */
export function withoutEachVariable(program: DeclaredProgram): readonly Removal[] {
  return ofType(program, FUNCTION).flatMap((fn) => {
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

/** The program without one route, response, permission, mapping or schedule: for each of them. */
export function withoutEachLink(program: DeclaredProgram): readonly Removal[] {
  return [
    ...ofType(program, ROUTE).map((route) => {
      const isOfRoute = ({ type, properties }: DeclaredResource) =>
        type === RESPONSE && properties["routeId"] === route.id;
      return without(program, route, functionsOfApi(route), isOfRoute);
    }),
    ...ofType(program, RESPONSE).map((response) => without(program, response, ["watch"])),
    ...ofType(program, "aws:lambda/permission:Permission").map((permission) =>
      without(program, permission, functionsOfApi(permission)),
    ),
    ...ofType(program, "aws:lambda/eventSourceMapping:EventSourceMapping").map((mapping) =>
      without(program, mapping, ["notify"]),
    ),
    ...ofType(program, "aws:scheduler/schedule:Schedule").map((schedule) =>
      without(program, schedule, ["sweep"]),
    ),
  ];
}

const ofType = ({ resources }: DeclaredProgram, type: string) =>
  resources.filter((resource) => resource.type === type);

const grantsOf = ({ Action, Resource }: Statement) =>
  [Action].flat().flatMap((action) => [Resource].flat().map((resource) => ({ action, resource })));

/** Both APIs are named after what they are for. */
const functionsOfApi = ({ name }: DeclaredResource): string[] =>
  name.startsWith("stock-watch") ? ["watch"] : ["publish"];

function without(
  program: DeclaredProgram,
  resource: DeclaredResource,
  functions: readonly string[],
  goesToo: (other: DeclaredResource) => boolean = () => false,
): Removal {
  const resources = program.resources.filter((other) => other !== resource && !goesToo(other));
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

/** Without region and account, which are the same in all. */
const shortArn = (arn: string): string => arn.replace(/^arn:aws:([^:]+):[^:]*:\d*:/, "$1:");
