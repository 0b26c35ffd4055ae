import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";

/** Neptune requires subnets in at least two availability zones. */
const ZONES = 2;

export interface NetworkArgs {
  readonly cidrBlock: string;
}

/**
 * A dual-stack VPC without ingress, and with egress over IPv6 only: an egress-only internet gateway is free,
 * a NAT gateway for IPv4 is billed by the hour.
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetIds: pulumi.Output<string[]>;
  /** Allows HTTPS egress over IPv6, for the AWS APIs. `GraphDatabase` adds the rule for its port. */
  readonly lambdaSecurityGroupId: pulumi.Output<string>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ticker-watch:infra:Network", name, {}, opts);
    const parent = { parent: this };

    const vpc = new awsx.ec2.Vpc(
      `${name}-vpc`,
      {
        cidrBlock: args.cidrBlock,
        assignGeneratedIpv6CidrBlock: true,
        enableDnsHostnames: true,
        numberOfAvailabilityZones: ZONES,
        natGateways: { strategy: "None" },
        subnetStrategy: "Auto",
        subnetSpecs: [{ type: "Isolated", assignIpv6AddressOnCreation: true }],
      },
      parent,
    );

    // awsx creates no IPv6 default route for isolated subnets:
    // https://github.com/pulumi/pulumi-awsx/issues/2143
    const egress = new aws.ec2.EgressOnlyInternetGateway(`${name}-egress`, { vpcId: vpc.vpcId }, parent);
    for (let zone = 0; zone < ZONES; zone++) {
      new aws.ec2.Route(
        `${name}-egress-${zone + 1}`,
        {
          routeTableId: vpc.routeTables.apply((tables) => routeTableOf(tables, zone)),
          destinationIpv6CidrBlock: "::/0",
          egressOnlyGatewayId: egress.id,
        },
        parent,
      );
    }

    // Lambdas release their network interfaces slowly; nothing else should block on their deletion.
    const lambdaSecurityGroup = new aws.ec2.SecurityGroup(
      `${name}-lambda`,
      { vpcId: vpc.vpcId, description: "Lambdas: egress to Neptune and to HTTPS over IPv6, no ingress" },
      parent,
    );
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-lambda-https`,
      {
        securityGroupId: lambdaSecurityGroup.id,
        cidrIpv6: "::/0",
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
      },
      parent,
    );

    this.vpcId = vpc.vpcId;
    this.subnetIds = vpc.isolatedSubnetIds;
    this.lambdaSecurityGroupId = lambdaSecurityGroup.id;
    this.registerOutputs({
      vpcId: this.vpcId,
      subnetIds: this.subnetIds,
      lambdaSecurityGroupId: this.lambdaSecurityGroupId,
    });
  }
}

/** awsx returns the route tables in subnet order, one subnet per zone. */
function routeTableOf(tables: readonly aws.ec2.RouteTable[], zone: number): pulumi.Output<string> {
  const table = tables[zone];
  if (table) return table.id;
  throw new pulumi.RunError(`Expected a route table for each of ${ZONES} zones, got ${tables.length}.`);
}
