import type { DeclaredFunction } from "../program/read-functions.ts";
import { ACCOUNT_ID } from "../program/synthesize-outputs.ts";
import type { Access } from "./access.ts";
import { canAssume } from "./roles.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const VPC_ACTIONS = [
  "CreateNetworkInterface",
  "DescribeNetworkInterfaces",
  "DescribeSubnets",
  "DeleteNetworkInterface",
  "AssignPrivateIpAddresses",
  "UnassignPrivateIpAddresses",
];

/**
 * Verifies, as Lambda does on creation, that Lambda can assume the execution role and that the role allows
 * the VPC network interface actions. Lambda itself checks only one of them.
 * @throws {Error} with the Lambda error message and the missing permission.
 */
export async function checkFunctions(functions: readonly DeclaredFunction[], access: Access): Promise<void> {
  const authProxy = access.authProxy("ec2");
  for (const { logicalName, name, arn, isInVpc } of functions) {
    const role = access.roleOf(arn);
    if (!(await canAssume("lambda.amazonaws.com", role, ACCOUNT_ID))) {
      throw new Error(
        `The role defined for the function ${logicalName} cannot be assumed by Lambda. ` +
          "Allow lambda.amazonaws.com in its trust policy.",
      );
    }
    for (const action of isInVpc ? VPC_ACTIONS : []) {
      const { allowed } = await authProxy.authorize(
        { kind: "function", functionName: name, role },
        { action: `ec2:${action}`, resource: "*" },
      );
      if (allowed) continue;
      throw new Error(
        `The provided execution role of ${logicalName} does not have permissions to call ${action} on EC2. ` +
          `Allow ec2:${action} on * in its policy.`,
      );
    }
  }
}
