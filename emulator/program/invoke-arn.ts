import type { DeclaredResource } from "./declared.ts";
import { describe, text } from "./properties.ts";

/**
 * The function ARN in a property of the form
 * `arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function ARN}/invocations`.
 * @throws {Error} when the property has another form.
 */
export function functionArnOf(resource: DeclaredResource, property: string): string {
  const uri = text(resource, property);
  const [, arn] =
    /^arn:aws:apigateway:[^:]+:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/.exec(uri) ?? [];
  if (arn) return arn;
  throw new Error(
    `Expected ${property} of ${describe(resource)} to be the invoke ARN of a function, got ${uri}.`,
  );
}
