export interface ArnParts {
  /** `aws`, outside of China and the US government's regions. */
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/**
 * Where a resource is: `arn:{partition}:{service}:{region}:{account}:…`. So the program need not ask AWS for it.
 * @throws {Error} when there is no region or no account in it, as in those of buckets and roles.
 */
export function parseArn(arn: string): ArnParts {
  const [, partition, , region, account] = arn.split(":");
  if (partition && region && account) return { partition, region, account };
  throw new Error(`Expected the ARN of a resource in a region and an account, got ${arn}.`);
}
