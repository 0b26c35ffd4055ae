/**
 * The resources of Network. Does not prove which subnets, IPv6 ranges and route tables awsx creates (its
 * outputs are mocked), or that egress works.
 */
import { beforeAll, expect, test } from "vitest";
import { Network } from "#infra/network.ts";
import { declare, type Program } from "./declare.ts";

let program: Program;
beforeAll(async () => {
  program = await declare(() => new Network("network", { cidrBlock: "10.7.0.0/16" }));
});

test("the VPC is dual-stack in two zones, with isolated subnets only and no NAT gateway", () => {
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

test("Network declares one egress-only internet gateway", () => {
  expect(program.inputsByName("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway")).toEqual({
    "network-egress": { vpcId: "awsx-network-vpc" },
  });
});

test("each route table has only an IPv6 default route to the egress-only internet gateway", () => {
  const route = {
    destinationIpv6CidrBlock: "::/0",
    egressOnlyGatewayId: "egressOnlyInternetGateway-network-egress",
  };
  expect(program.inputsByName("aws:ec2/route:Route")).toEqual({
    "network-egress-1": { ...route, routeTableId: "rtb-1" },
    "network-egress-2": { ...route, routeTableId: "rtb-2" },
  });
});

test("the Lambda security group allows HTTPS egress over IPv6 and no ingress", () => {
  expect(program.inputsByName("aws:ec2/securityGroup:SecurityGroup")).toEqual({
    "network-lambda": {
      vpcId: "awsx-network-vpc",
      description: "Lambdas: egress to Neptune and to HTTPS over IPv6, no ingress",
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

test("Network declares no other resources", () => {
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
