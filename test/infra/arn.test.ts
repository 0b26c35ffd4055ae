/** What an ARN tells. Does not prove that AWS has no ARN of another form: only those of the stack's own resources are read. */
import { expect, test } from "vitest";
import { parseArn } from "../../infra/arn.ts";

test("an ARN tells its partition, region and account", () => {
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
])("%j is refused", (arn) => {
  expect(() => parseArn(arn)).toThrow(
    new Error(`Expected the ARN of a resource in a region and an account, got ${arn}.`),
  );
});
