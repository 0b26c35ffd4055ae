import type { DeclaredResource } from "./declared.ts";
import { describe, text } from "./properties.ts";

/**
 * The ARN of the function that a property leads API Gateway to:
 * `arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function ARN}/invocations` → the function's ARN.
 * @throws {Error} when the property has another form.
 */
export function functionArnOf(resource: DeclaredResource, property: string): string {
  const uri = text(resource, property);
  const [, arn] =
    /^arn:aws:apigateway:[^:]+:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/.exec(uri) ?? [];
  if (arn) return arn;
  throw new Error(`Expected ${property} of ${describe(resource)} to be a function's invoke ARN, got ${uri}.`);
}
