import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { parseArn } from "./arn.ts";
import type { Network } from "./network.ts";

/** Parameters of Neptune 1.4; families do not carry over from one minor version to the next. */
const FAMILY = "neptune1.4";
const PORT = 8182;
const SLOW_QUERY_MS = 1_000;

export interface GraphDatabaseArgs {
  readonly network: Network;
  /** 0 keeps the data and stops paying for an instance. */
  readonly instances: number;
  readonly instanceClass: string;
  /** In Neptune capacity units; serverless only. */
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly engineVersion: string;
  /** Whether every query is logged; slow ones always are. */
  readonly auditLog: boolean;
  /** Whether deletion is refused, by Pulumi and by Neptune. */
  readonly protect: boolean;
  /** The name of the snapshot that a deletion takes; none when undefined. */
  readonly finalSnapshot: string | undefined;
  readonly logRetentionDays: number;
}

/** What a query does to the data, by which Neptune asks for permissions. */
export type DataAccess = "Read" | "Write" | "Delete";

/** An Amazon Neptune cluster that speaks Gremlin inside the VPC, to clients that sign with IAM. */
export class GraphDatabase extends pulumi.ComponentResource {
  /** The cluster (writer) endpoint: `wss://{host}:8182/gremlin`. A reader may lag behind, and would miss a new watcher. */
  readonly url: pulumi.Output<string>;
  readonly #dataArn: pulumi.Output<string>;

  constructor(name: string, args: GraphDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ticker-watch:infra:GraphDatabase", name, {}, opts);
    const parent = { parent: this };

    const securityGroup = new aws.ec2.SecurityGroup(
      name,
      { vpcId: args.network.vpcId, description: "The graph: Gremlin from the Lambdas, and nothing out" },
      parent,
    );
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-from-lambdas`,
      {
        securityGroupId: securityGroup.id,
        referencedSecurityGroupId: args.network.lambdaSecurityGroupId,
        ipProtocol: "tcp",
        fromPort: PORT,
        toPort: PORT,
      },
      parent,
    );
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-from-lambdas-egress`,
      {
        securityGroupId: args.network.lambdaSecurityGroupId,
        referencedSecurityGroupId: securityGroup.id,
        ipProtocol: "tcp",
        fromPort: PORT,
        toPort: PORT,
      },
      parent,
    );

    const subnetGroup = new aws.neptune.SubnetGroup(name, { subnetIds: args.network.subnetIds }, parent);
    const parameterGroup = new aws.neptune.ClusterParameterGroup(
      name,
      {
        family: FAMILY,
        parameters: [
          {
            name: "neptune_enable_audit_log",
            value: args.auditLog ? "1" : "0",
            applyMethod: "pending-reboot",
          },
          { name: "neptune_enable_slow_query_log", value: "info", applyMethod: "immediate" },
          {
            name: "neptune_slow_query_log_threshold",
            value: String(SLOW_QUERY_MS),
            applyMethod: "immediate",
          },
        ],
      },
      parent,
    );
    const exports = args.auditLog ? ["audit", "slowquery"] : ["slowquery"];
    const isServerless = args.instanceClass === "db.serverless";
    const cluster = new aws.neptune.Cluster(
      name,
      {
        engine: "neptune",
        engineVersion: args.engineVersion,
        neptuneClusterParameterGroupName: parameterGroup.name,
        neptuneSubnetGroupName: subnetGroup.name,
        vpcSecurityGroupIds: [securityGroup.id],
        port: PORT,
        iamDatabaseAuthenticationEnabled: true,
        storageEncrypted: true,
        enableCloudwatchLogsExports: exports,
        ...(isServerless && {
          serverlessV2ScalingConfiguration: { minCapacity: args.minCapacity, maxCapacity: args.maxCapacity },
        }),
        deletionProtection: args.protect,
        skipFinalSnapshot: args.finalSnapshot === undefined,
        // Without a name, a cluster that wants a last snapshot cannot be deleted at all.
        ...(args.finalSnapshot !== undefined && { finalSnapshotIdentifier: args.finalSnapshot }),
        applyImmediately: true,
      },
      { ...parent, protect: args.protect },
    );
    // Made before there is an instance that logs: Neptune would make them itself, and keep them for ever.
    const logGroups = exports.map(
      (log) =>
        new aws.cloudwatch.LogGroup(
          `${name}-${log}`,
          {
            name: pulumi.interpolate`/aws/neptune/${cluster.clusterIdentifier}/${log}`,
            retentionInDays: args.logRetentionDays,
          },
          parent,
        ),
    );
    for (let index = 1; index <= args.instances; index++) {
      new aws.neptune.ClusterInstance(
        `${name}-${index}`,
        {
          clusterIdentifier: cluster.id,
          instanceClass: args.instanceClass,
          engine: "neptune",
          publiclyAccessible: false,
          applyImmediately: true,
        },
        { ...parent, dependsOn: logGroups },
      );
    }

    this.url = pulumi.interpolate`wss://${cluster.endpoint}:${PORT}/gremlin`;
    this.#dataArn = pulumi.all([cluster.arn, cluster.clusterResourceId]).apply(toDataArn);
    this.registerOutputs({ url: this.url });
  }

  /**
   * Allows queries of these kinds on this cluster. Neptune decides by the steps of a query: `mergeV`, `mergeE` need Read
   * and Write, `property()` Delete besides, `drop()` Read and Delete, everything else Read.
   * https://docs.aws.amazon.com/neptune/latest/userguide/iam-dp-actions.html
   */
  allow(access: readonly DataAccess[]): aws.iam.PolicyStatement {
    return {
      Effect: "Allow",
      Action: access.map((kind) => `neptune-db:${kind}DataViaQuery`),
      Resource: this.#dataArn,
    };
  }
}

/** Of the cluster, whose ARN is one of RDS → of all its data. */
function toDataArn([clusterArn, clusterResourceId]: readonly [string, string]): string {
  const { partition, region, account } = parseArn(clusterArn);
  return `arn:${partition}:neptune-db:${region}:${account}:${clusterResourceId}/*`;
}
