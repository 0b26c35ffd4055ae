import { ACCOUNT_ID } from "../program/invent-outputs.ts";
import type { DeclaredFunction } from "../program/read-functions.ts";
import type { Access } from "./access.ts";
import { mayAssume } from "./roles.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const IN_VPC = [
  "CreateNetworkInterface",
  "DescribeNetworkInterfaces",
  "DescribeSubnets",
  "DeleteNetworkInterface",
  "AssignPrivateIpAddresses",
  "UnassignPrivateIpAddresses",
];

/**
 * Makes sure of what Lambda makes sure of before it takes a function in: that it may take on the role, and that the role lets it
 * put the function into its VPC. Lambda checks one of the permissions when the function is made, and uses all of them.
 * @throws {Error} in the words of Lambda's own refusal, with what to do.
 */
export async function checkFunctions(functions: readonly DeclaredFunction[], access: Access): Promise<void> {
  const door = access.door("ec2");
  for (const { logicalName, name, arn, isInVpc } of functions) {
    const role = access.roleOf(arn);
    if (!(await mayAssume("lambda.amazonaws.com", role, ACCOUNT_ID))) {
      throw new Error(
        `The role defined for the function ${logicalName} cannot be assumed by Lambda: expected its trust policy to let lambda.amazonaws.com.`,
      );
    }
    for (const action of isInVpc ? IN_VPC : []) {
      const { admitted } = await door.authorize(
        { kind: "function", functionName: name, role },
        { action: `ec2:${action}`, resource: "*" },
      );
      if (admitted) continue;
      throw new Error(
        `The provided execution role of ${logicalName} does not have permissions to call ${action} on EC2: expected its policy to allow ec2:${action} on *.`,
      );
    }
  }
}
