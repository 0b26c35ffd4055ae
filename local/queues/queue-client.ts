import { SQSClient } from "@aws-sdk/client-sqs";

/** Speaks to ElasticMQ in the place of Lambda and of CloudFormation: it checks no signature. */
export function openQueueClient(url: string, region: string): SQSClient {
  return new SQSClient({
    endpoint: url,
    region,
    useQueueUrlAsEndpoint: false,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
}
