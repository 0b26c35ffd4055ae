import type { DeclaredProgram, DeclaredResource } from "#emulator/program/declared.ts";

/** `[type, name, id, properties]`. */
export type Resource = readonly [string, string, string, Readonly<Record<string, unknown>>];

/** An evaluated program with these resources. */
export function program(...resources: readonly Resource[]): DeclaredProgram {
  const declared: DeclaredResource[] = resources.map(([type, name, id, properties]) => ({
    type,
    name,
    id,
    properties,
  }));
  return { resources: declared, outputs: {} };
}

export const API = "aws:apigatewayv2/api:Api";
export const AUTHORIZER = "aws:apigatewayv2/authorizer:Authorizer";
export const INTEGRATION = "aws:apigatewayv2/integration:Integration";
export const ROUTE = "aws:apigatewayv2/route:Route";
export const ROUTE_RESPONSE = "aws:apigatewayv2/routeResponse:RouteResponse";
export const DEPLOYMENT = "aws:apigatewayv2/deployment:Deployment";
export const STAGE = "aws:apigatewayv2/stage:Stage";
export const QUEUE = "aws:sqs/queue:Queue";
