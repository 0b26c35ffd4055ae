/**
 * The properties that AWS cannot change on what there is, so that a new value makes a new resource: what the provider marks as
 * `ForceNew`. Not the whole list of each type: what the program sets, and what may change with its configuration.
 * https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service
 */
export const REPLACING_PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  "aws:apigatewayv2/api:Api": ["protocolType"],
  "aws:apigatewayv2/deployment:Deployment": ["apiId", "triggers"],
  "aws:apigatewayv2/integration:Integration": ["apiId", "integrationType"],
  "aws:apigatewayv2/route:Route": ["apiId"],
  "aws:apigatewayv2/routeResponse:RouteResponse": ["apiId", "routeId"],
  "aws:apigatewayv2/stage:Stage": ["apiId", "name"],
  "aws:cloudfront/distribution:Distribution": [],
  "aws:cloudfront/originAccessControl:OriginAccessControl": [],
  "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": [],
  "aws:cloudwatch/logGroup:LogGroup": ["name"],
  "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": ["vpcId"],
  "aws:ec2/route:Route": ["routeTableId", "destinationIpv6CidrBlock"],
  "aws:ec2/routeTable:RouteTable": ["vpcId"],
  "aws:ec2/securityGroup:SecurityGroup": ["vpcId", "description"],
  "aws:ec2/subnet:Subnet": ["vpcId"],
  "aws:ec2/vpc:Vpc": ["cidrBlock"],
  "aws:iam/role:Role": [],
  "aws:iam/rolePolicy:RolePolicy": ["role"],
  "aws:lambda/alias:Alias": ["name", "functionName"],
  "aws:lambda/function:Function": [],
  "aws:lambda/permission:Permission": ["action", "function", "principal", "qualifier", "sourceArn"],
  "aws:neptune/cluster:Cluster": ["engine", "neptuneSubnetGroupName", "port", "storageEncrypted"],
  "aws:neptune/clusterInstance:ClusterInstance": ["clusterIdentifier", "engine"],
  "aws:neptune/clusterParameterGroup:ClusterParameterGroup": ["family"],
  "aws:neptune/subnetGroup:SubnetGroup": [],
  "aws:s3/bucket:Bucket": [],
  "aws:s3/bucketObjectv2:BucketObjectv2": ["bucket", "key"],
  "aws:s3/bucketPolicy:BucketPolicy": ["bucket"],
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ["bucket"],
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ["securityGroupId"],
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ["securityGroupId"],
};
