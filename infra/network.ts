import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";

/** Neptune wants subnets in two zones at least. */
const ZONES = 2;

export interface NetworkArgs {
  readonly cidrBlock: string;
}

/**
 * A dual-stack VPC without a way in, and with IPv6 as the only way out: an egress-only internet gateway costs nothing,
 * where a NAT gateway for IPv4 bills by the hour.
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetIds: pulumi.Output<string[]>;
  /** Of the Lambdas: out to HTTPS over IPv6, which is how AWS's own APIs are reached. The graph adds the way to itself. */
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

    // awsx gives each subnet an IPv6 range and a route table, but no way out:
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

    // Used by nothing but Lambdas, which give their network interfaces back slowly: nothing else shall wait for them.
    const lambdaSecurityGroup = new aws.ec2.SecurityGroup(
      `${name}-lambda`,
      { vpcId: vpc.vpcId, description: "The Lambdas: out to the graph and to HTTPS over IPv6, nothing in" },
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

/** Route tables come in the order of the subnets, of which there is one a zone. */
function routeTableOf(tables: readonly aws.ec2.RouteTable[], zone: number): pulumi.Output<string> {
  const table = tables[zone];
  if (table) return table.id;
  throw new pulumi.RunError(`Expected a route table for each of ${ZONES} zones, got ${tables.length}.`);
}
