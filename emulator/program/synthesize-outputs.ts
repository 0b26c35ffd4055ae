import { createHash, generateKeyPairSync } from "node:crypto";

/** The account id of the local stack; AWS uses it in examples. */
export const ACCOUNT_ID = "123456789012";

type Properties = Readonly<Record<string, unknown>>;

/**
 * The outputs of a resource that other resources use, in AWS's format. All others stay unknown, and fail when they are read.
 * @param id from {@link synthesizeId}.
 * @param region such as `us-east-1`.
 */
export function synthesizeOutputs(type: string, id: string, inputs: Properties, region: string): Properties {
  return SYNTHESIZERS[type]?.(id, inputs, region) ?? {};
}

/** An id in AWS's alphabet. Derived from type and name, so that it is the same at each start in any order of registration. */
export function synthesizeId(type: string, name: string): string {
  const hash = createHash("sha256").update(`${type}::${name}`).digest("hex");
  return /^aws:(lambda\/function|sqs\/queue|s3\/)/.test(type)
    ? `${name}-${hash.slice(0, 7)}`
    : hash.slice(0, 10);
}

const SYNTHESIZERS: Readonly<Record<string, (id: string, inputs: Properties, region: string) => Properties>> =
  {
    "aws:apigatewayv2/api:Api": (id, { protocolType }, region) => ({
      apiEndpoint: `${protocolType === "WEBSOCKET" ? "wss" : "https"}://${id}.execute-api.${region}.amazonaws.com`,
      executionArn: `arn:aws:execute-api:${region}:${ACCOUNT_ID}:${id}`,
    }),
    "aws:lambda/function:Function": (id, inputs, region) => ({
      name: id,
      arn: `arn:aws:lambda:${region}:${ACCOUNT_ID}:function:${id}`,
      // Lambda publishes a version only with `publish`.
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
    "tls:index/privateKey:PrivateKey": generateKey,
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

/** A new key at each start, because the local stack keeps no state. */
function generateKey(_id: string, { algorithm }: Properties): Properties {
  if (algorithm !== "ED25519") {
    throw new Error(
      `Expected the algorithm ED25519, got ${algorithm}. Generate others in ` +
        "emulator/program/synthesize-outputs.ts.",
    );
  }
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  return {
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }),
    // The provider returns Ed25519 keys as PKCS #8 in both properties.
    privateKeyPem: pem,
    privateKeyPemPkcs8: pem,
  };
}
