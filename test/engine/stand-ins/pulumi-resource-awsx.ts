/**
 * Stand-in for the awsx component plugin: a VPC with one subnet and one route table per zone. Does not prove
 * that the real component creates these resources or their CIDR ranges.
 */
import aws from "@pulumi/aws/package.json" with { type: "json" };
import awsx from "@pulumi/awsx/package.json" with { type: "json" };
import * as pulumi from "@pulumi/pulumi";
import { checkInputs } from "./check-inputs.ts";

/** The only awsx resource in the program. */
class Vpc extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly isolatedSubnetIds: pulumi.Output<string[]>;
  readonly routeTables: readonly pulumi.Resource[];

  constructor(
    name: string,
    { cidrBlock, numberOfAvailabilityZones }: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("awsx:ec2:Vpc", name, {}, opts);
    const zones = Array.from(
      { length: numberOfAvailabilityZones },
      (_, index) => `${name}-isolated-${index + 1}`,
    );
    const vpc = new Part("vpc:Vpc", name, { cidrBlock, assignGeneratedIpv6CidrBlock: true }, this);
    const inVpc = { vpcId: vpc.id };
    const subnets = zones.map((zone) => new Part("subnet:Subnet", zone, inVpc, this));
    this.vpcId = vpc.id;
    this.isolatedSubnetIds = pulumi.all(subnets.map(({ id }) => id));
    this.routeTables = zones.map((zone) => new Part("routeTable:RouteTable", zone, inVpc, this));
    this.registerOutputs({});
  }
}

/** A resource of the AWS provider, without its SDK, which takes 0.5 s to load. */
class Part extends pulumi.CustomResource {
  constructor(type: string, name: string, inputs: pulumi.Inputs, parent: pulumi.Resource) {
    super(`aws:ec2/${type}`, name, inputs, { parent, version: aws.version });
  }
}

const provider: pulumi.provider.Provider = {
  version: awsx.version,
  construct: async (name, type, inputs, options) => {
    const failures = checkInputs(type, inputs).map(({ reason }) => reason);
    if (failures.length > 0) throw new Error(`${type} ${name}: ${failures.join(" ")}`);
    const { urn, vpcId, isolatedSubnetIds, routeTables } = new Vpc(name, inputs, options);
    return { urn, state: { vpcId, isolatedSubnetIds, routeTables } };
  },
};

await pulumi.provider.main(provider, process.argv.slice(2));
