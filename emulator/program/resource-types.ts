import type { DeclaredProgram } from "./declared.ts";

/** Types that are served here: taking one away, or changing what it says, changes how the local stack behaves. */
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

/** Types that do nothing here, each with the reason. */
const INERT: ReadonlyMap<string, string> = new Map([
  ["pulumi:pulumi:Stack", "holds the others"],
  ["awsx:ec2:Vpc", "everything is on loopback: there is no network to lay out"],
  ["aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway", "loopback needs no way out"],
  ["aws:ec2/route:Route", "loopback needs no way out"],
  ["aws:ec2/securityGroup:SecurityGroup", "loopback has no security groups"],
  ["aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "loopback has no security groups"],
  ["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "loopback has no security groups"],
  ["aws:neptune/subnetGroup:SubnetGroup", "the graph listens on loopback"],
  ["aws:neptune/clusterParameterGroup:ClusterParameterGroup", "Gremlin Server has parameters of its own"],
  ["aws:cloudwatch/dashboard:Dashboard", "no metrics are gathered here"],
  ["aws:cloudwatch/metricAlarm:MetricAlarm", "no metrics are gathered here"],
  ["aws:sns/topic:Topic", "no alarm is raised here"],
  ["aws:sns/topicSubscription:TopicSubscription", "no alarm is raised here"],
  ["aws:cloudwatch/logGroup:LogGroup", "logs go to the terminal and to .local/"],
  ["aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "the bucket has no public door here"],
  ["aws:cloudfront/originAccessControl:OriginAccessControl", "the page is served from memory"],
]);

/** Components of this program: their children are what is served. */
const OWN = /^ticker-watch:/;

/**
 * Makes sure that every resource of the program is of a type that is known here.
 * @throws {Error} naming the types that are not: a resource that is silently ignored would make this machine lie.
 */
export function checkResourceTypes({ resources }: DeclaredProgram): void {
  const strange = new Set(
    resources
      .map(({ type }) => type)
      .filter((type) => !SERVED.has(type) && !INERT.has(type) && !OWN.test(type)),
  );
  if (strange.size > 0) {
    throw new Error(
      `The local stack does not know ${[...strange].join(", ")}. Serve it, or list it in emulator/program/resource-types.ts with the reason why it does nothing here.`,
    );
  }
}
