import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { bundlePage } from "./bundle.ts";
import { contentSecurityPolicy } from "./content-security-policy.ts";

const PAGE = join(import.meta.dirname, "..", "page");

/**
 * AWS managed policy `CachingOptimized`, which respects `Cache-Control`:
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
 */
const CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6";

const YEAR_SECONDS = 365 * 24 * 60 * 60;

export interface WatchPageArgs {
  /** `wss://…`: the only WebSocket URL that the content security policy allows. */
  readonly watchUrl: pulumi.Input<string>;
}

/** The watch page: CloudFront in front of a private bucket. {@link PageSettings} adds the API URLs. */
export class WatchPage extends pulumi.ComponentResource {
  /** URL and `Origin` of the page: `https://{host}`. */
  readonly url: pulumi.Output<string>;
  readonly bucketName: pulumi.Output<string>;

  constructor(name: string, { watchUrl }: WatchPageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ticker-watch:infra:WatchPage", name, {}, opts);
    const parent = { parent: this };

    // Every object in it comes from a deployment, so it can be deleted with its contents.
    const bucket = new aws.s3.Bucket(name, { forceDestroy: true }, parent);
    new aws.s3.BucketPublicAccessBlock(
      name,
      {
        bucket: bucket.bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      parent,
    );

    const originAccess = new aws.cloudfront.OriginAccessControl(
      name,
      { originAccessControlOriginType: "s3", signingBehavior: "always", signingProtocol: "sigv4" },
      parent,
    );
    const headers = new aws.cloudfront.ResponseHeadersPolicy(
      name,
      {
        securityHeadersConfig: {
          contentSecurityPolicy: {
            contentSecurityPolicy: pulumi.output(watchUrl).apply(contentSecurityPolicy),
            override: true,
          },
          strictTransportSecurity: { accessControlMaxAgeSec: YEAR_SECONDS, override: true },
          contentTypeOptions: { override: true },
          frameOptions: { frameOption: "DENY", override: true },
          referrerPolicy: { referrerPolicy: "no-referrer", override: true },
        },
      },
      parent,
    );
    const distribution = new aws.cloudfront.Distribution(
      name,
      {
        enabled: true,
        isIpv6Enabled: true,
        httpVersion: "http2and3",
        defaultRootObject: "index.html",
        origins: [
          {
            originId: "page",
            domainName: bucket.bucketRegionalDomainName,
            originAccessControlId: originAccess.id,
          },
        ],
        defaultCacheBehavior: {
          targetOriginId: "page",
          viewerProtocolPolicy: "redirect-to-https",
          allowedMethods: ["GET", "HEAD"],
          cachedMethods: ["GET", "HEAD"],
          cachePolicyId: CACHING_OPTIMIZED,
          responseHeadersPolicyId: headers.id,
          compress: true,
        },
        restrictions: { geoRestriction: { restrictionType: "none" } },
        viewerCertificate: { cloudfrontDefaultCertificate: true },
      },
      parent,
    );
    new aws.s3.BucketPolicy(
      name,
      {
        bucket: bucket.bucket,
        policy: pulumi.jsonStringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "cloudfront.amazonaws.com" },
              Action: "s3:GetObject",
              Resource: pulumi.interpolate`${bucket.arn}/*`,
              Condition: { StringEquals: { "AWS:SourceArn": distribution.arn } },
            },
          ],
        }),
      },
      parent,
    );

    const put = (key: string, contentType: string, source: pulumi.asset.Asset) =>
      new aws.s3.BucketObjectv2(
        `${name}-${key}`,
        { ...object(bucket.bucket, key, contentType), source },
        parent,
      );
    put("index.html", "text/html; charset=utf-8", new pulumi.asset.FileAsset(join(PAGE, "index.html")));
    put("icon.svg", "image/svg+xml", new pulumi.asset.FileAsset(join(PAGE, "icon.svg")));
    put("page.css", "text/css; charset=utf-8", new pulumi.asset.FileAsset(join(PAGE, "page.css")));
    put("page.js", "text/javascript; charset=utf-8", bundlePage("page/main.ts"));

    this.url = pulumi.interpolate`https://${distribution.domainName}`;
    this.bucketName = bucket.bucket;
    this.registerOutputs({ url: this.url });
  }
}

export interface PageSettingsArgs {
  readonly page: WatchPage;
  readonly watchUrl: pulumi.Input<string>;
  readonly publishUrl: pulumi.Input<string>;
  /** Access mode of each API; with `token` the page shows its sign-in form. */
  readonly access: { readonly watch: string; readonly user: string; readonly publish: string };
  /** Token claim with the user id. @default `sub` */
  readonly userClaim?: string | undefined;
}

/** The object `config.json`. Separate from {@link WatchPage}, because the APIs need the page origin first. */
export class PageSettings extends pulumi.ComponentResource {
  constructor(
    name: string,
    { page, watchUrl, publishUrl, access, userClaim }: PageSettingsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("ticker-watch:infra:PageSettings", name, {}, opts);
    new aws.s3.BucketObjectv2(
      name,
      {
        ...object(page.bucketName, "config.json", "application/json"),
        content: pulumi.jsonStringify({ watchUrl, publishUrl, access, userClaim }),
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

/** Revalidated on every visit (`no-cache`), because the object keys contain no version. */
function object(bucket: pulumi.Input<string>, key: string, contentType: string) {
  return { bucket, key, contentType, cacheControl: "no-cache" };
}
