/**
 * The resources of GraphDatabase. Does not prove that Neptune accepts these arguments together, that the
 * connection limits in infra/config.ts are right, or that the cluster is reachable.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { GraphDatabase, type GraphDatabaseArgs } from "#infra/graph-database.ts";
import { Network } from "#infra/network.ts";
import { type DeclareOptions, declare, type Program } from "./declare.ts";

const CLUSTER = "aws:neptune/cluster:Cluster";
const INSTANCE = "aws:neptune/clusterInstance:ClusterInstance";

const SERVERLESS: Omit<GraphDatabaseArgs, "network"> = {
  instances: 1,
  instanceClass: "db.serverless",
  minCapacity: 1.5,
  maxCapacity: 8,
  engineVersion: "1.4.7.1",
  auditLog: false,
  protect: true,
  finalSnapshot: "last",
  logRetentionDays: 7,
};

function declareGraph(over: Partial<GraphDatabaseArgs> = {}, options?: DeclareOptions): Promise<Program> {
  return declare(() => {
    const network = new Network("network", { cidrBlock: "10.0.0.0/16" });
    const graph = new GraphDatabase("graph", { network, ...SERVERLESS, ...over });
    return { url: graph.url, readAndWrite: graph.allow(["Read", "Write"]) };
  }, options);
}

describe("protected serverless cluster", () => {
  let program: Program;
  beforeAll(async () => {
    program = await declareGraph();
  });

  test("a protected cluster has IAM authentication, encryption, a slow query log and deletion protection", () => {
    expect(program.inputsByName(CLUSTER)).toEqual({
      graph: {
        engine: "neptune",
        engineVersion: "1.4.7.1",
        neptuneClusterParameterGroupName: "clusterParameterGroup-graph",
        neptuneSubnetGroupName: "subnetGroup-graph",
        vpcSecurityGroupIds: ["securityGroup-graph"],
        port: 8182,
        iamDatabaseAuthenticationEnabled: true,
        storageEncrypted: true,
        enableCloudwatchLogsExports: ["slowquery"],
        serverlessV2ScalingConfiguration: { minCapacity: 1.5, maxCapacity: 8 },
        deletionProtection: true,
        skipFinalSnapshot: false,
        finalSnapshotIdentifier: "last",
        applyImmediately: true,
      },
    });
    expect(program.get(CLUSTER, "graph").protect).toBe(true);
  });

  test("the parameter group is for Neptune 1.4 and enables the slow query log", () => {
    expect(program.inputsByName("aws:neptune/clusterParameterGroup:ClusterParameterGroup")).toEqual({
      graph: { family: "neptune1.4", parameters: parameters("0") },
    });
  });

  test("the cluster is in the subnets of the network", () => {
    expect(program.inputsByName("aws:neptune/subnetGroup:SubnetGroup")).toEqual({
      graph: { description: "Managed by Pulumi", subnetIds: ["subnet-1", "subnet-2"] },
    });
  });

  test("the security groups allow Gremlin from the Lambdas and no egress from the cluster", () => {
    expect(program.inputs("aws:ec2/securityGroup:SecurityGroup", "graph")).toEqual({
      vpcId: "awsx-network-vpc",
      description: "Neptune: Gremlin from the Lambdas, no egress",
    });
    const gremlin = { ipProtocol: "tcp", fromPort: 8182, toPort: 8182 };
    expect(program.inputsByName("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")).toEqual({
      "graph-from-lambdas": {
        ...gremlin,
        securityGroupId: "securityGroup-graph",
        referencedSecurityGroupId: "securityGroup-network-lambda",
      },
    });
    expect(program.inputsByName("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")).toEqual({
      "graph-from-lambdas-egress": {
        ...gremlin,
        securityGroupId: "securityGroup-network-lambda",
        referencedSecurityGroupId: "securityGroup-graph",
      },
      "network-lambda-https": {
        securityGroupId: "securityGroup-network-lambda",
        cidrIpv6: "::/0",
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
      },
    });
  });

  test("GraphDatabase.url is the writer endpoint, and allow() is limited to the data of this cluster", () => {
    expect(program.outputs).toEqual({
      url: "wss://cluster-graph.cluster-x.eu-west-1.neptune.amazonaws.com:8182/gremlin",
      readAndWrite: {
        Effect: "Allow",
        Action: ["neptune-db:ReadDataViaQuery", "neptune-db:WriteDataViaQuery"],
        Resource: "arn:aws:neptune-db:eu-west-1:111122223333:cluster-RESOURCE/*",
      },
    });
  });
});

test("without finalSnapshot, an unprotected cluster is deleted without a snapshot", async () => {
  const program = await declareGraph({ protect: false, finalSnapshot: undefined });
  const { deletionProtection, skipFinalSnapshot, finalSnapshotIdentifier } = program.inputs(CLUSTER, "graph");
  expect({ deletionProtection, skipFinalSnapshot, finalSnapshotIdentifier }).toEqual({
    deletionProtection: false,
    skipFinalSnapshot: true,
    finalSnapshotIdentifier: undefined,
  });
  expect(program.get(CLUSTER, "graph").protect).toBe(false);
});

test("auditLog true enables and exports the audit log", async () => {
  const program = await declareGraph({ auditLog: true });
  expect(program.inputs(CLUSTER, "graph")["enableCloudwatchLogsExports"]).toEqual(["audit", "slowquery"]);
  expect(
    program.inputs("aws:neptune/clusterParameterGroup:ClusterParameterGroup", "graph")["parameters"],
  ).toEqual(parameters("1"));
});

test.each([
  [false, ["slowquery"]],
  [true, ["audit", "slowquery"]],
])(
  "log groups with the configured retention exist before the instances (audit log: %s)",
  async (auditLog, logs) => {
    const clusterIdentifier = "graph-x";
    const program = await declareGraph(
      { auditLog },
      { outputs: { [`${CLUSTER}::graph`]: { clusterIdentifier } } },
    );
    expect(program.inputsByName("aws:cloudwatch/logGroup:LogGroup")).toEqual(
      Object.fromEntries(
        logs.map((log) => [`graph-${log}`, { name: `/aws/neptune/graph-x/${log}`, retentionInDays: 7 }]),
      ),
    );
    expect(program.get(INSTANCE, "graph-1").dependsOn).toEqual(
      logs.map((log) => `aws:cloudwatch/logGroup:LogGroup::graph-${log}`),
    );
  },
);

test.each([0, 1, 2])("GraphDatabase declares %i instances as configured", async (instances) => {
  const program = await declareGraph({ instances });
  const instance = {
    clusterIdentifier: "cluster-graph",
    instanceClass: "db.serverless",
    engine: "neptune",
    publiclyAccessible: false,
    applyImmediately: true,
  };
  const names = ["graph-1", "graph-2"].slice(0, instances);
  expect(program.inputsByName(INSTANCE)).toEqual(Object.fromEntries(names.map((name) => [name, instance])));
});

test("a provisioned instance class omits the serverless scaling limits", async () => {
  const program = await declareGraph({ instanceClass: "db.t4g.medium" });
  expect(program.inputs(INSTANCE, "graph-1")["instanceClass"]).toBe("db.t4g.medium");
  expect(program.inputs(CLUSTER, "graph")).not.toHaveProperty("serverlessV2ScalingConfiguration");
});

test("GraphDatabase.allow() keeps the partition of the cluster ARN", async () => {
  const arn = "arn:aws-us-gov:rds:us-gov-west-1:111122223333:cluster:graph";
  const { outputs } = await declareGraph({}, { outputs: { [`${CLUSTER}::graph`]: { arn } } });
  expect(outputs).toMatchObject({
    readAndWrite: { Resource: "arn:aws-us-gov:neptune-db:us-gov-west-1:111122223333:cluster-RESOURCE/*" },
  });
});

/** https://docs.aws.amazon.com/neptune/latest/userguide/parameters.html */
function parameters(auditLog: "0" | "1") {
  const applyMethod = "immediate";
  return [
    { name: "neptune_enable_audit_log", value: auditLog, applyMethod: "pending-reboot" },
    { name: "neptune_enable_slow_query_log", value: "info", applyMethod },
    { name: "neptune_slow_query_log_threshold", value: "1000", applyMethod },
  ];
}
