/** ARN parsing. Does not prove that AWS has no other ARN formats; only ARNs of this stack are parsed. */
import { expect, test } from "vitest";
import { parseArn } from "#infra/arn.ts";

test("parseArn returns the partition, region and account", () => {
  expect(parseArn("arn:aws-us-gov:sqs:us-gov-west-1:111122223333:notify-page")).toEqual({
    partition: "aws-us-gov",
    region: "us-gov-west-1",
    account: "111122223333",
  });
  expect(parseArn("arn:aws:lambda:eu-west-1:111122223333:function:sweep:next")).toEqual({
    partition: "aws",
    region: "eu-west-1",
    account: "111122223333",
  });
});

test.each([
  "arn:aws:s3:::bucket",
  "arn:aws:iam::111122223333:role/sweep",
  "https://sqs.eu-west-1.amazonaws.com",
  "",
])("parseArn throws for %j, which has no region and account", (arn) => {
  expect(() => parseArn(arn)).toThrow(new Error(`Expected an ARN with a region and an account, got ${arn}.`));
});
