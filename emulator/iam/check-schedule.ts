import { ACCOUNT_ID } from "../program/invent-outputs.ts";
import type { DeclaredSchedule } from "../program/read-schedules.ts";
import type { Access } from "./access.ts";
import type { Door } from "./door.ts";
import { mayAssume } from "./roles.ts";

/**
 * The reason why EventBridge Scheduler cannot invoke a schedule's function; `undefined` when it can.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
 * @param authProxy for the service `lambda`.
 */
export async function findScheduleProblem(
  { functionArn, roleArn, logicalName }: DeclaredSchedule,
  access: Access,
  authProxy: Door,
): Promise<string | undefined> {
  const role = access.role(roleArn);
  if (!(await mayAssume("scheduler.amazonaws.com", role, ACCOUNT_ID))) {
    return `The execution role of ${logicalName} must allow EventBridge Scheduler to assume it.`;
  }
  const admission = await authProxy.authorize(
    { kind: "function", functionName: logicalName, role },
    { action: "lambda:InvokeFunction", resource: functionArn },
  );
  return admission.admitted ? undefined : admission.message;
}
