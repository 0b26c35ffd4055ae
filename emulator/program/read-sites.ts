import type { DeclaredProgram, DeclaredResource } from "./declared.ts";
import { describe, files, nested, optional, resourcesOfType, text } from "./properties.ts";
import { readSecurityHeaders } from "./read-security-headers.ts";

/** A CloudFront distribution whose origin is a bucket. */
export interface DeclaredSite {
  /** `https://{host}`. */
  readonly origin: string;
  /** Key of the object at `/`. */
  readonly rootObject: string;
  readonly objects: ReadonlyMap<string, SiteObject>;
  /** Response headers, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the bucket policy allows this distribution to read; otherwise every request is denied. */
  readonly isReadable: boolean;
}

export interface SiteObject {
  readonly contentType: string;
  readonly cacheControl: string | undefined;
  readonly content: Buffer;
}

const DISTRIBUTION = "aws:cloudfront/distribution:Distribution";
const BUCKET = "aws:s3/bucket:Bucket";
const OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2";
const POLICY = "aws:s3/bucketPolicy:BucketPolicy";
const HEADERS_POLICY = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy";

/** The sites of the program, with the objects of their buckets. */
export function readSites(program: DeclaredProgram): readonly DeclaredSite[] {
  return resourcesOfType(program, DISTRIBUTION).map((distribution) => {
    const bucket = bucketOf(program, distribution);
    const bucketName = text(bucket, "bucket");
    const objects = resourcesOfType(program, OBJECT).filter(
      (object) => optional(object, "bucket") === bucketName,
    );
    return {
      origin: `https://${text(distribution, "domainName")}`,
      rootObject: String(optional(distribution, "defaultRootObject") ?? ""),
      objects: new Map(objects.map((object) => [text(object, "key"), readObject(object)])),
      headers: readHeaders(program, distribution),
      isReadable: resourcesOfType(program, POLICY)
        .filter((policy) => optional(policy, "bucket") === bucketName)
        .some((policy) => allowsRead(text(policy, "policy"), text(bucket, "arn"), text(distribution, "arn"))),
    };
  });
}

function bucketOf(program: DeclaredProgram, distribution: DeclaredResource): DeclaredResource {
  const origins = optional(distribution, "origins");
  const domainName = Array.isArray(origins) ? origins[0]?.domainName : undefined;
  const bucket = resourcesOfType(program, BUCKET).find(
    (candidate) => text(candidate, "bucketRegionalDomainName") === domainName,
  );
  if (bucket) return bucket;
  throw new Error(
    `Expected the first origin of ${describe(distribution)} to be a bucket of this program, got ` +
      `${domainName}.`,
  );
}

/** The headers of the response headers policy. @throws {Error} when the program does not declare the policy. */
function readHeaders(
  program: DeclaredProgram,
  distribution: DeclaredResource,
): Readonly<Record<string, string>> {
  const behavior = nested(distribution, "defaultCacheBehavior");
  const policyId = behavior && optional(behavior, "responseHeadersPolicyId");
  if (policyId === undefined) return {};
  const policy = resourcesOfType(program, HEADERS_POLICY).find(({ id }) => id === policyId);
  if (policy) return readSecurityHeaders(policy);
  throw new Error(
    `Expected responseHeadersPolicyId of ${describe(distribution)} to be a policy of this program, got ` +
      `${policyId}.`,
  );
}

function readObject(object: DeclaredResource): SiteObject {
  const content = optional(object, "content");
  const cacheControl = optional(object, "cacheControl");
  return {
    contentType: String(optional(object, "contentType") ?? "binary/octet-stream"),
    cacheControl: typeof cacheControl === "string" ? cacheControl : undefined,
    content:
      typeof content === "string"
        ? Buffer.from(content)
        : Buffer.from(files(object, "source")[""] ?? "", "base64"),
  };
}

interface Statement {
  readonly Effect?: string;
  readonly Principal?: { readonly Service?: string };
  readonly Action?: string;
  readonly Resource?: string;
  readonly Condition?: { readonly StringEquals?: { readonly "AWS:SourceArn"?: string } };
}

/**
 * Whether a statement has the documented form for origin access control:
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
 */
function allowsRead(policy: string, bucketArn: string, distributionArn: string): boolean {
  const { Statement: statements } = JSON.parse(policy) as { readonly Statement: readonly Statement[] };
  return statements.some(
    ({ Effect, Principal, Action, Resource, Condition }) =>
      Effect === "Allow" &&
      Principal?.Service === "cloudfront.amazonaws.com" &&
      Action === "s3:GetObject" &&
      Resource === `${bucketArn}/*` &&
      Condition?.StringEquals?.["AWS:SourceArn"] === distributionArn,
  );
}
