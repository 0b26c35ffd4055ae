import { ACCOUNT_ID } from "../program/invent-outputs.ts";
import type { DeclaredSchedule } from "../program/read-schedules.ts";
import type { Access } from "./access.ts";
import type { Door } from "./door.ts";
import { mayAssume } from "./roles.ts";

/**
 * Why Scheduler cannot call a schedule's function; `undefined` when it can. It takes on the schedule's role, and that has to
 * let it. https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
 * @param door of the service `lambda`.
 */
export async function findScheduleProblem(
  { functionArn, roleArn, logicalName }: DeclaredSchedule,
  access: Access,
  door: Door,
): Promise<string | undefined> {
  const role = access.role(roleArn);
  if (!(await mayAssume("scheduler.amazonaws.com", role, ACCOUNT_ID))) {
    return `The execution role of ${logicalName} must allow EventBridge Scheduler to assume it.`;
  }
  const admission = await door.authorize(
    { kind: "function", functionName: logicalName, role },
    { action: "lambda:InvokeFunction", resource: functionArn },
  );
  return admission.admitted ? undefined : admission.message;
}
