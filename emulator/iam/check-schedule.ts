import type { DeclaredSchedule } from "../program/read-schedules.ts";
import { ACCOUNT_ID } from "../program/synthesize-outputs.ts";
import type { Access } from "./access.ts";
import type { AuthProxy } from "./auth-proxy.ts";
import { canAssume } from "./roles.ts";

/**
 * The reason why EventBridge Scheduler cannot invoke a schedule's function; `undefined` when it can.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
 * @param authProxy for the service `lambda`.
 */
export async function findScheduleProblem(
  { functionArn, roleArn, logicalName }: DeclaredSchedule,
  access: Access,
  authProxy: AuthProxy,
): Promise<string | undefined> {
  const role = access.role(roleArn);
  if (!(await canAssume("scheduler.amazonaws.com", role, ACCOUNT_ID))) {
    return `The execution role of ${logicalName} must allow EventBridge Scheduler to assume it.`;
  }
  const result = await authProxy.authorize(
    { kind: "function", functionName: logicalName, role },
    { action: "lambda:InvokeFunction", resource: functionArn },
  );
  return result.allowed ? undefined : result.message;
}
