import { createHash, generateKeyPairSync } from "node:crypto";

/** The account that the local stack pretends to be in: the one of AWS's own examples. */
export const ACCOUNT_ID = "123456789012";

type Properties = Readonly<Record<string, unknown>>;

/**
 * The outputs that AWS would give a resource and that the program builds on, in AWS's own form. Nothing else is invented:
 * whatever stays unknown is found out when something that is served needs it.
 * @param region `us-east-1` and the like.
 * @param id from {@link inventId}.
 */
export function inventOutputs(type: string, id: string, inputs: Properties, region: string): Properties {
  return INVENTORS[type]?.(id, inputs, region) ?? {};
}

/** An id in AWS's alphabet, the same at each start: of the resource's type and name, since they register in any order. */
export function inventId(type: string, name: string): string {
  const hash = createHash("sha256").update(`${type}::${name}`).digest("hex");
  return /^aws:(lambda\/function|sqs\/queue|s3\/)/.test(type)
    ? `${name}-${hash.slice(0, 7)}`
    : hash.slice(0, 10);
}

const INVENTORS: Readonly<Record<string, (id: string, inputs: Properties, region: string) => Properties>> = {
  "aws:apigatewayv2/api:Api": (id, { protocolType }, region) => ({
    apiEndpoint: `${protocolType === "WEBSOCKET" ? "wss" : "https"}://${id}.execute-api.${region}.amazonaws.com`,
    executionArn: `arn:aws:execute-api:${region}:${ACCOUNT_ID}:${id}`,
  }),
  "aws:lambda/function:Function": (id, inputs, region) => ({
    name: id,
    arn: `arn:aws:lambda:${region}:${ACCOUNT_ID}:function:${id}`,
    // Only a function that publishes gets a number; an alias to $LATEST would be another thing.
    version: inputs["publish"] === true ? "1" : "$LATEST",
  }),
  "aws:lambda/alias:Alias": (_id, { name, functionName }, region) => {
    const arn = `arn:aws:lambda:${region}:${ACCOUNT_ID}:function:${functionName}:${name}`;
    return {
      arn,
      invokeArn: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`,
    };
  },
  "aws:iam/role:Role": (id) => ({ arn: `arn:aws:iam::${ACCOUNT_ID}:role/${id}`, name: id }),
  "aws:cloudwatch/logGroup:LogGroup": (_id, { name }, region) => ({
    arn: `arn:aws:logs:${region}:${ACCOUNT_ID}:log-group:${name}`,
  }),
  "aws:neptune/cluster:Cluster": (id, _inputs, region) => ({
    arn: `arn:aws:rds:${region}:${ACCOUNT_ID}:cluster:${id}`,
    endpoint: `${id}.cluster-${id}.${region}.neptune.amazonaws.com`,
    clusterResourceId: `cluster-${id.toUpperCase()}`,
  }),
  "aws:sqs/queue:Queue": (id, { name = id }, region) => ({
    name,
    arn: `arn:aws:sqs:${region}:${ACCOUNT_ID}:${name}`,
    url: `https://sqs.${region}.amazonaws.com/${ACCOUNT_ID}/${name}`,
  }),
  "tls:index/privateKey:PrivateKey": inventKey,
  "tls:index/selfSignedCert:SelfSignedCert": (_id, { validityPeriodHours }) => ({
    validityStartTime: new Date().toISOString(),
    validityEndTime: new Date(Date.now() + Number(validityPeriodHours) * HOUR_MS).toISOString(),
  }),
  "aws:s3/bucket:Bucket": (id, _inputs, region) => ({
    bucket: id,
    arn: `arn:aws:s3:::${id}`,
    bucketRegionalDomainName: `${id}.s3.${region}.amazonaws.com`,
  }),
  "aws:cloudfront/distribution:Distribution": (id) => ({
    domainName: `d${id}.cloudfront.net`,
    arn: `arn:aws:cloudfront::${ACCOUNT_ID}:distribution/${id.toUpperCase()}`,
  }),
};

const HOUR_MS = 60 * 60 * 1000;

/** A real key, another one at each start: nothing is kept in between, as there is no state. */
function inventKey(_id: string, { algorithm }: Properties): Properties {
  if (algorithm !== "ED25519") throw new Error(`Expected a key of the algorithm ED25519, got ${algorithm}.`);
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  return {
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }),
    // The provider has an Ed25519 key in the same form under both names.
    privateKeyPem: pem,
    privateKeyPemPkcs8: pem,
  };
}
