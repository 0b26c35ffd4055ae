import { Agent } from "node:https";
import { SQSClient, type SQSClientConfig } from "@aws-sdk/client-sqs";
import type { KeyPair, SessionCredentials } from "../iam/principals.ts";
import type { ElasticMq } from "./elasticmq.ts";

/** Calls the SQS endpoint at `url` in the place of an AWS service, with the credentials of the role that the service assumes. */
export function openQueueClient(
  url: string,
  region: string,
  credentials: KeyPair | SessionCredentials,
): SQSClient {
  return open({ endpoint: url, region, credentials });
}

/** Calls ElasticMQ itself, which checks the client certificate and no signature. */
export function openServerClient({ url, tls }: Pick<ElasticMq, "url" | "tls">, region: string): SQSClient {
  return open({
    endpoint: url,
    region,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    requestHandler: { httpsAgent: new Agent({ ...tls, keepAlive: true }) },
  });
}

const open = (config: SQSClientConfig) => new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
