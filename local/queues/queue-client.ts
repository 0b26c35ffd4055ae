import { SQSClient } from "@aws-sdk/client-sqs";
import type { KeyPair, SessionCredentials } from "../permissions/principals.ts";

/** ElasticMQ itself checks no signature. */
const NOBODY: KeyPair = { accessKeyId: "local", secretAccessKey: "local" };

/**
 * Speaks to SQS in the place of a service of AWS's.
 * @param credentials of whose role the service takes on. Default: nobody's, for ElasticMQ itself.
 */
export function openQueueClient(
  url: string,
  region: string,
  credentials: KeyPair | SessionCredentials = NOBODY,
): SQSClient {
  return new SQSClient({
    endpoint: url,
    region,
    useQueueUrlAsEndpoint: false,
    credentials,
  });
}
