import type { DeclaredProgram } from "./declared.ts";

/** Types that the local stack serves. */
const SERVED = new Set([
  "aws:apigatewayv2/api:Api",
  "aws:apigatewayv2/authorizer:Authorizer",
  "aws:apigatewayv2/deployment:Deployment",
  "aws:apigatewayv2/integration:Integration",
  "aws:apigatewayv2/route:Route",
  "aws:apigatewayv2/routeResponse:RouteResponse",
  "aws:apigatewayv2/stage:Stage",
  "aws:cloudfront/distribution:Distribution",
  "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
  "aws:iam/role:Role",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:lambda/alias:Alias",
  "aws:lambda/eventSourceMapping:EventSourceMapping",
  "aws:lambda/function:Function",
  "aws:lambda/permission:Permission",
  "aws:neptune/cluster:Cluster",
  "aws:neptune/clusterInstance:ClusterInstance",
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketObjectv2:BucketObjectv2",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:scheduler/schedule:Schedule",
  "aws:sqs/queue:Queue",
  "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
  "tls:index/privateKey:PrivateKey",
  "tls:index/selfSignedCert:SelfSignedCert",
]);

/** Types without an effect here, each with the reason. */
const INERT: ReadonlyMap<string, string> = new Map([
  ["pulumi:pulumi:Stack", "the root of all resources"],
  ["awsx:ec2:Vpc", "all servers listen on loopback"],
  ["aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway", "all servers listen on loopback"],
  ["aws:ec2/route:Route", "all servers listen on loopback"],
  ["aws:ec2/securityGroup:SecurityGroup", "all servers listen on loopback"],
  ["aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "all servers listen on loopback"],
  ["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "all servers listen on loopback"],
  ["aws:neptune/subnetGroup:SubnetGroup", "all servers listen on loopback"],
  ["aws:neptune/clusterParameterGroup:ClusterParameterGroup", "Gremlin Server has other parameters"],
  ["aws:cloudwatch/dashboard:Dashboard", "metrics are not collected"],
  ["aws:cloudwatch/metricAlarm:MetricAlarm", "metrics are not collected"],
  ["aws:sns/topic:Topic", "alarms are not evaluated"],
  ["aws:sns/topicSubscription:TopicSubscription", "alarms are not evaluated"],
  ["aws:cloudwatch/logGroup:LogGroup", "logs go to the terminal and to files"],
  ["aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "the bucket has no public endpoint"],
  ["aws:cloudfront/originAccessControl:OriginAccessControl", "the site is served from memory"],
]);

/**
 * Rejects resource types that are neither served nor listed: ignoring one would diverge from AWS silently.
 * @param project name of the Pulumi project, the package of its component types; only their children are served.
 * @throws {Error} with the names of the other types.
 */
export function checkResourceTypes({ resources }: DeclaredProgram, project: string): void {
  const unsupported = new Set(
    resources
      .map(({ type }) => type)
      .filter((type) => !SERVED.has(type) && !INERT.has(type) && !type.startsWith(`${project}:`)),
  );
  if (unsupported.size > 0) {
    throw new Error(
      `Expected resource types that the local stack supports, got ${[...unsupported].join(", ")}. ` +
        "Serve them, or list them in emulator/program/resource-types.ts with the reason why they have no effect.",
    );
  }
}
