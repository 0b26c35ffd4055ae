/**
 * The resources of WatchPage and PageSettings. Does not prove that CloudFront serves the page; test/page tests the page in a
 * browser.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { PageSettings, WatchPage } from "#infra/watch-page.ts";
import { declare, type Inputs, type Program } from "./declare.ts";

const PAGE = join(import.meta.dirname, "..", "..", "page");
const BUCKET = "bucket-page";

let program: Program;
beforeAll(async () => {
  program = await declare(() => {
    const watchUrl = "wss://watch.example/development";
    const page = new WatchPage("page", { watchUrl });
    const publishUrl = "https://publish.example/development";
    const access = { watch: "token", user: "token", publish: "open" };
    new PageSettings("settings", { page, watchUrl, publishUrl, access });
    return { url: page.url };
  });
});

test("only the distribution may read the bucket", () => {
  expect(program.inputsByName("aws:s3/bucket:Bucket")).toEqual({ page: { forceDestroy: true } });
  expect(program.inputsByName("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")).toEqual({
    page: {
      bucket: BUCKET,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
  });
  const { bucket, policy } = program.inputs("aws:s3/bucketPolicy:BucketPolicy", "page");
  expect(bucket).toBe(BUCKET);
  expect(JSON.parse(String(policy))).toEqual({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "cloudfront.amazonaws.com" },
        Action: "s3:GetObject",
        Resource: `arn:aws:s3:::${BUCKET}/*`,
        Condition: {
          StringEquals: {
            "AWS:SourceArn": "arn:aws:cloudfront::111122223333:distribution/distribution-page",
          },
        },
      },
    ],
  });
});

test("the distribution signs its requests to the bucket", () => {
  expect(program.inputsByName("aws:cloudfront/originAccessControl:OriginAccessControl")).toEqual({
    page: { originAccessControlOriginType: "s3", signingBehavior: "always", signingProtocol: "sigv4" },
  });
});

test("the distribution serves the page over HTTPS on IPv4 and IPv6", () => {
  expect(program.inputsByName("aws:cloudfront/distribution:Distribution")).toEqual({
    page: {
      enabled: true,
      isIpv6Enabled: true,
      httpVersion: "http2and3",
      defaultRootObject: "index.html",
      origins: [
        {
          originId: "page",
          // With the global name S3 would redirect a young bucket's readers past CloudFront.
          domainName: `${BUCKET}.s3.eu-west-1.amazonaws.com`,
          originAccessControlId: "originAccessControl-page",
        },
      ],
      defaultCacheBehavior: {
        targetOriginId: "page",
        viewerProtocolPolicy: "redirect-to-https",
        allowedMethods: ["GET", "HEAD"],
        cachedMethods: ["GET", "HEAD"],
        cachePolicyId: "658327ea-f89d-4fab-a63d-7e88639e58f6",
        responseHeadersPolicyId: "responseHeadersPolicy-page",
        compress: true,
      },
      restrictions: { geoRestriction: { restrictionType: "none" } },
      viewerCertificate: { cloudfrontDefaultCertificate: true },
    },
  });
  expect(program.outputs).toEqual({ url: "https://distribution-page.cloudfront.net" });
});

test("the content security policy allows only files of the page and the WebSocket API", () => {
  expect(program.inputsByName("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy")).toEqual({
    page: {
      securityHeadersConfig: {
        contentSecurityPolicy: {
          contentSecurityPolicy:
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
            "connect-src 'self' wss://watch.example; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          override: true,
        },
        strictTransportSecurity: { accessControlMaxAgeSec: 31_536_000, override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: "DENY", override: true },
        referrerPolicy: { referrerPolicy: "no-referrer", override: true },
      },
    },
  });
});

test("the bucket contains the page files with their content types, and config.json", () => {
  const objects = program.all("aws:s3/bucketObjectv2:BucketObjectv2").map(({ inputs }) => inputs);
  const common = { bucket: BUCKET, cacheControl: "no-cache" };
  expect(Object.fromEntries(objects.map((inputs) => [inputs["key"], inputs]))).toEqual({
    "index.html": {
      ...common,
      key: "index.html",
      contentType: "text/html; charset=utf-8",
      source: "file:page/index.html",
    },
    "page.css": {
      ...common,
      key: "page.css",
      contentType: "text/css; charset=utf-8",
      source: "file:page/page.css",
    },
    "icon.svg": { ...common, key: "icon.svg", contentType: "image/svg+xml", source: "file:page/icon.svg" },
    "page.js": {
      ...common,
      key: "page.js",
      contentType: "text/javascript; charset=utf-8",
      source: expect.stringContaining("config.json"),
    },
    "config.json": {
      ...common,
      key: "config.json",
      contentType: "application/json",
      content:
        '{"watchUrl":"wss://watch.example/development","publishUrl":"https://publish.example/development","access":{"watch":"token","user":"token","publish":"open"}}',
    },
  });
});

test("the bucket contains every file that index.html references", () => {
  const html = readFileSync(join(PAGE, "index.html"), "utf8");
  const referenced = [...html.matchAll(/(?:src|href)="(?!https?:|data:|#)([^"]+)"/g)].map(([, path = ""]) =>
    path.replace(/^\.?\//, ""),
  );
  const keys = program.all("aws:s3/bucketObjectv2:BucketObjectv2").map(({ inputs }) => inputs["key"]);
  expect(referenced.length).toBeGreaterThan(0);
  expect(referenced.filter((path) => !keys.includes(path))).toEqual([]);
});

test("page.js is one bundled module without imports or local paths", () => {
  const script = String(
    (program.inputs("aws:s3/bucketObjectv2:BucketObjectv2", "page-page.js") as Inputs)["source"],
  );
  expect(script).not.toContain(join(PAGE, ".."));
  expect(script).not.toMatch(/\bfrom\s*["']|\brequire\(/);
  expect(script.length).toBeLessThan(100_000);
});

test("config.json contains userClaim with an external token issuer", async () => {
  const other = await declare(() => {
    const page = new WatchPage("page", { watchUrl: "wss://watch.example/development" });
    const access = { watch: "token", user: "token", publish: "token" };
    new PageSettings("settings", {
      page,
      watchUrl: "wss://a",
      publishUrl: "https://b",
      access,
      userClaim: "oid",
    });
    return {};
  });
  const { content } = other.inputs("aws:s3/bucketObjectv2:BucketObjectv2", "settings");
  expect(JSON.parse(String(content))).toMatchObject({ userClaim: "oid" });
});
