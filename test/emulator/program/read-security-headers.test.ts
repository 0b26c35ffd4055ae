/* How response headers policies are read from a program. Does not prove that CloudFront sends the same headers. */
import { expect, test } from "vitest";
import { resourcesOfType } from "#emulator/program/properties.ts";
import { readSecurityHeaders } from "#emulator/program/read-security-headers.ts";
import { readSites } from "#emulator/program/read-sites.ts";
import { program } from "./declared.ts";

const POLICY = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy";

function read(properties: Readonly<Record<string, unknown>>): unknown {
  const [policy] = resourcesOfType(program([POLICY, "page", "p1", properties]), POLICY);
  return policy && readSecurityHeaders(policy);
}

test("readSecurityHeaders returns one header per setting, but no HSTS, which needs HTTPS", () => {
  const securityHeadersConfig = {
    contentSecurityPolicy: { contentSecurityPolicy: "default-src 'none'", override: true },
    contentTypeOptions: { override: true },
    frameOptions: { frameOption: "DENY", override: true },
    referrerPolicy: { referrerPolicy: "no-referrer", override: true },
    strictTransportSecurity: { accessControlMaxAgeSec: 1, override: true },
  };
  expect(read({ securityHeadersConfig })).toEqual({
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
  });
  expect(read({ securityHeadersConfig: { contentTypeOptions: { override: true } } })).toEqual({
    "x-content-type-options": "nosniff",
  });
});

test("readSecurityHeaders throws for unsupported settings", () => {
  const properties = {
    corsConfig: {},
    securityHeadersConfig: { xssProtection: { override: true, protection: true } },
  };
  expect(() => read(properties)).toThrow(
    `The local stack does not serve corsConfig, xssProtection of ${POLICY} page. Serve it in emulator/program/read-security-headers.ts.`,
  );
});

test("readSites throws for a response headers policy that the program does not declare", () => {
  const bucket = { bucket: "b", bucketRegionalDomainName: "b.s3.example", arn: "arn:b" };
  const distribution = {
    domainName: "d.example",
    origins: [{ domainName: "b.s3.example" }],
    defaultCacheBehavior: { responseHeadersPolicyId: "p2" },
  };
  const declared = program(
    ["aws:s3/bucket:Bucket", "page", "b", bucket],
    ["aws:cloudfront/distribution:Distribution", "page", "d", distribution],
    [POLICY, "page", "p1", {}],
  );
  expect(() => readSites(declared)).toThrow(
    "Expected responseHeadersPolicyId of aws:cloudfront/distribution:Distribution page to be a policy of this program, got p2.",
  );
});
