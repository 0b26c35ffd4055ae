import { Agent } from "node:https";
import { SQSClient, type SQSClientConfig } from "@aws-sdk/client-sqs";
import type { KeyPair, SessionCredentials } from "../iam/principals.ts";
import type { ElasticMq } from "./elasticmq.ts";

/** A client for the SQS endpoint at `url`, with the credentials of the role that an AWS service assumes. */
export function openQueueClient(
  url: string,
  region: string,
  credentials: KeyPair | SessionCredentials,
): SQSClient {
  return open({ endpoint: url, region, credentials });
}

/** A client for ElasticMQ, which verifies the client certificate and no signature. */
export function openServerClient({ url, tls }: Pick<ElasticMq, "url" | "tls">, region: string): SQSClient {
  return open({
    endpoint: url,
    region,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    requestHandler: { httpsAgent: new Agent({ ...tls, keepAlive: true }) },
  });
}

const open = (config: SQSClientConfig) => new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
