import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { parseArn } from "./arn.ts";
import type { Network } from "./network.ts";

/** The parameter group family of Neptune 1.4; each minor engine version has its own. */
const FAMILY = "neptune1.4";
const PORT = 8182;
const SLOW_QUERY_MS = 1_000;

export interface GraphDatabaseArgs {
  readonly network: Network;
  /** 0 keeps the data without the cost of an instance. */
  readonly instances: number;
  readonly instanceClass: string;
  /** In Neptune capacity units (NCU); serverless only. */
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly engineVersion: string;
  /** Whether all queries are logged; slow queries always are. */
  readonly auditLog: boolean;
  /** Whether Pulumi and Neptune refuse to delete the cluster. */
  readonly protect: boolean;
  /** The name of the snapshot taken on deletion; `undefined` takes none. */
  readonly finalSnapshot: string | undefined;
  readonly logRetentionDays: number;
}

/** The kinds of queries that Neptune has IAM actions for. */
export type DataAccess = "Read" | "Write" | "Delete";

/** An Amazon Neptune cluster in the VPC, for Gremlin clients with IAM authentication. */
export class GraphDatabase extends pulumi.ComponentResource {
  /** The writer endpoint, `wss://{host}:8182/gremlin`. Read replicas lag and could miss a new watcher. */
  readonly url: pulumi.Output<string>;
  readonly #dataArn: pulumi.Output<string>;

  constructor(name: string, args: GraphDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ticker-watch:infra:GraphDatabase", name, {}, opts);
    const parent = { parent: this };

    const securityGroup = new aws.ec2.SecurityGroup(
      name,
      { vpcId: args.network.vpcId, description: "Neptune: Gremlin from the Lambdas, no egress" },
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
        // Deletion fails if a final snapshot is required and has no name.
        ...(args.finalSnapshot !== undefined && { finalSnapshotIdentifier: args.finalSnapshot }),
        applyImmediately: true,
      },
      { ...parent, protect: args.protect },
    );
    // Created before the instances: otherwise Neptune creates the log groups, without a retention period.
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
   * An IAM statement that allows these kinds of queries on this cluster. Gremlin steps require: `mergeV` and
   * `mergeE` Read and Write, `property()` also Delete, `drop()` Read and Delete, all others Read.
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

/** The `neptune-db` ARN of the data in a cluster, which has an `rds` ARN. */
function toDataArn([clusterArn, clusterResourceId]: readonly [string, string]): string {
  const { partition, region, account } = parseArn(clusterArn);
  return `arn:${partition}:neptune-db:${region}:${account}:${clusterResourceId}/*`;
}
