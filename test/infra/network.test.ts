/**
 * The network as Network declares it. Does not prove what awsx makes of the VPC's arguments (subnets, their IPv6 ranges, the
 * order of the route tables: the mocks invent its outputs), nor that a packet gets out.
 */
import { beforeAll, expect, test } from "vitest";
import { Network } from "../../infra/network.ts";
import { declare, type Program } from "./declare.ts";

let program: Program;
beforeAll(async () => {
  program = await declare(() => new Network("network", { cidrBlock: "10.7.0.0/16" }));
});

test("the VPC is dual stack, in two zones, with isolated subnets only and no NAT gateway", () => {
  expect(program.inputsByName("awsx:ec2:Vpc")).toEqual({
    "network-vpc": {
      cidrBlock: "10.7.0.0/16",
      assignGeneratedIpv6CidrBlock: true,
      enableDnsHostnames: true,
      numberOfAvailabilityZones: 2,
      natGateways: { strategy: "None" },
      subnetStrategy: "Auto",
      subnetSpecs: [{ type: "Isolated", assignIpv6AddressOnCreation: true }],
    },
  });
});

test("there is one egress-only internet gateway", () => {
  expect(program.inputsByName("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway")).toEqual({
    "network-egress": { vpcId: "awsx-network-vpc" },
  });
});

test("each subnet's route table has a route for all of IPv6 to it, and no other", () => {
  const way = {
    destinationIpv6CidrBlock: "::/0",
    egressOnlyGatewayId: "egressOnlyInternetGateway-network-egress",
  };
  expect(program.inputsByName("aws:ec2/route:Route")).toEqual({
    "network-egress-1": { ...way, routeTableId: "rtb-1" },
    "network-egress-2": { ...way, routeTableId: "rtb-2" },
  });
});

test("the Lambdas may reach HTTPS over IPv6 and nothing reaches them", () => {
  expect(program.inputsByName("aws:ec2/securityGroup:SecurityGroup")).toEqual({
    "network-lambda": {
      vpcId: "awsx-network-vpc",
      description: "The Lambdas: out to the graph and to HTTPS over IPv6, nothing in",
    },
  });
  expect(program.inputsByName("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")).toEqual({
    "network-lambda-https": {
      securityGroupId: "securityGroup-network-lambda",
      cidrIpv6: "::/0",
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
    },
  });
});

test("nothing else is declared", () => {
  expect(program.resources.map(({ type }) => type).sort()).toEqual([
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",
    "aws:ec2/route:Route",
    "aws:ec2/route:Route",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "awsx:ec2:Vpc",
    "ticker-watch:infra:Network",
  ]);
});
