export interface ArnParts {
  /** `aws`, or a partition such as `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/**
 * The partition, region and account of `arn:{partition}:{service}:{region}:{account}:…`.
 * @throws {Error} for an ARN without a region or an account, such as that of a bucket or a role.
 */
export function parseArn(arn: string): ArnParts {
  const [, partition, , region, account] = arn.split(":");
  if (partition && region && account) return { partition, region, account };
  throw new Error(`Expected an ARN with a region and an account, got ${arn}.`);
}
