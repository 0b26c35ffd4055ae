import { generateKeyPairSync } from "node:crypto";

/** Resource outputs, including `id`. */
export type Outputs = Readonly<Record<string, unknown>>;

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
/** PEM; the key pair is generated for the tests. */
export const PUBLIC_KEY = publicKey.export({ type: "spki", format: "pem" });
export const SIGNING_KEY = privateKey.export({ type: "pkcs8", format: "pem" });

/** Used nowhere else, so that a hard-coded region or account fails a test. */
const REGION = "eu-west-1";
const ACCOUNT = "111122223333";

/**
 * The outputs of a resource, named after their source: the id of the security group `graph` is
 * `securityGroup-graph`. Outputs not listed here stay unknown.
 */
export function mockOutputs(type: string, name: string, inputs: Outputs): Outputs {
  const kind = type.slice(type.lastIndexOf("/") + 1).split(":")[0];
  const id = `${kind}-${name}`;
  return { id, ...OUTPUTS[type]?.(id, inputs) };
}

const OUTPUTS: Readonly<Record<string, (id: string, inputs: Outputs) => Outputs>> = {
  "awsx:ec2:Vpc": (id) => ({
    vpcId: id,
    isolatedSubnetIds: ["subnet-1", "subnet-2"],
    routeTables: [{ id: "rtb-1" }, { id: "rtb-2" }],
  }),
  "aws:apigatewayv2/api:Api": (id, { protocolType }) => ({
    apiEndpoint: `${protocolType === "WEBSOCKET" ? "wss" : "https"}://${id}.execute-api.${REGION}.amazonaws.com`,
    executionArn: `arn:aws:execute-api:${REGION}:${ACCOUNT}:${id}`,
  }),
  "aws:lambda/function:Function": (id, { publish }) => ({
    name: id,
    version: publish === true ? "7" : "$LATEST",
  }),
  "aws:lambda/alias:Alias": (_id, { name, functionName }) => ({
    arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${functionName}:${name}`,
    invokeArn: `invoke:${functionName}:${name}`,
  }),
  "aws:iam/role:Role": (id) => ({ arn: `arn:aws:iam::${ACCOUNT}:role/${id}` }),
  "aws:cloudwatch/logGroup:LogGroup": (_id, { name }) => ({
    arn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${name}`,
  }),
  "aws:neptune/cluster:Cluster": (id) => ({
    arn: `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:${id}`,
    endpoint: `${id}.cluster-x.${REGION}.neptune.amazonaws.com`,
    clusterResourceId: "cluster-RESOURCE",
  }),
  "aws:neptune/clusterParameterGroup:ClusterParameterGroup": (id) => ({ name: id }),
  "aws:neptune/subnetGroup:SubnetGroup": (id) => ({ name: id }),
  "aws:sqs/queue:Queue": (id) => ({
    name: id,
    arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${id}`,
    url: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${id}`,
  }),
  "tls:index/privateKey:PrivateKey": () => ({
    publicKeyPem: PUBLIC_KEY,
    privateKeyPem: SIGNING_KEY,
    privateKeyPemPkcs8: SIGNING_KEY,
  }),
  "tls:index/selfSignedCert:SelfSignedCert": () => ({
    validityStartTime: "2026-01-01T00:00:00.5Z",
    validityEndTime: "2027-01-01T00:00:00.5Z",
  }),
  "aws:sns/topic:Topic": (id) => ({ arn: `arn:aws:sns:${REGION}:${ACCOUNT}:${id}` }),
  "aws:s3/bucket:Bucket": (id) => ({
    bucket: id,
    arn: `arn:aws:s3:::${id}`,
    bucketRegionalDomainName: `${id}.s3.${REGION}.amazonaws.com`,
  }),
  "aws:cloudfront/distribution:Distribution": (id) => ({
    domainName: `${id}.cloudfront.net`,
    arn: `arn:aws:cloudfront::${ACCOUNT}:distribution/${id}`,
  }),
};
