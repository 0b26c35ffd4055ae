import type { DeclaredResource } from "./declared.ts";
import { describe, nested, text } from "./properties.ts";

const CONFIG = "securityHeadersConfig";

/** Each property of `securityHeadersConfig` that is served here, with the header that CloudFront makes of it. */
const HEADERS: Readonly<Record<string, (setting: DeclaredResource) => readonly [string, string]>> = {
  contentSecurityPolicy: (setting) => ["content-security-policy", text(setting, "contentSecurityPolicy")],
  contentTypeOptions: () => ["x-content-type-options", "nosniff"],
  frameOptions: (setting) => ["x-frame-options", text(setting, "frameOption")],
  referrerPolicy: (setting) => ["referrer-policy", text(setting, "referrerPolicy")],
};

/** Browsers ignore it over plain HTTP, which is all that this machine serves: https://www.rfc-editor.org/rfc/rfc6797#section-8.1 */
const LEFT_OUT = "strictTransportSecurity";

/**
 * The headers that a response headers policy adds, by name in lower case. None of the files here comes with any of them, so
 * that `override` makes no difference.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html
 * @throws {Error} when the policy holds what is not served here.
 */
export function readSecurityHeaders(policy: DeclaredResource): Readonly<Record<string, string>> {
  const config = nested(policy, CONFIG);
  const strange = [
    ...Object.keys(policy.properties).filter((property) => /Config$/.test(property) && property !== CONFIG),
    ...Object.keys(config?.properties ?? {}).filter((name) => !(name in HEADERS) && name !== LEFT_OUT),
  ];
  if (strange.length > 0) {
    throw new Error(
      `The local stack does not serve ${strange.join(", ")} of ${describe(policy)}. Serve it in emulator/program/read-security-headers.ts.`,
    );
  }
  const headers = Object.entries(HEADERS).flatMap(([property, header]) => {
    const setting = config && nested(config, property);
    return setting ? [header(setting)] : [];
  });
  return Object.fromEntries(headers);
}
