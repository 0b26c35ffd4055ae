import type { DeclaredFunction } from "../program/read-functions.ts";
import { ACCOUNT_ID } from "../program/synthesize-outputs.ts";
import type { Access } from "./access.ts";

/**
 * The ARNs of the functions whose role allows writing their logs. AWS silently drops all other logs.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
 */
export async function findFunctionsWithLogAccess(
  functions: readonly DeclaredFunction[],
  access: Access,
  region: string,
): Promise<ReadonlySet<string>> {
  const authProxy = access.authProxy("logs");
  const arns = functions.map(async ({ name, arn, logGroup }) => {
    const role = access.roleOf(arn);
    const resource = `arn:aws:logs:${region}:${ACCOUNT_ID}:log-group:${logGroup}:log-stream:any`;
    const results = await Promise.all(
      ["logs:CreateLogStream", "logs:PutLogEvents"].map((action) =>
        authProxy.authorize({ kind: "function", functionName: name, role }, { action, resource }),
      ),
    );
    return results.every(({ allowed }) => allowed) ? [arn] : [];
  });
  return new Set((await Promise.all(arns)).flat());
}
