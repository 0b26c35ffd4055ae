import type { DeclaredResource } from "./declared.ts";
import { describe, nested, text } from "./properties.ts";

const CONFIG = "securityHeadersConfig";

/** The response header of each property of `securityHeadersConfig`. */
const HEADERS: Readonly<Record<string, (setting: DeclaredResource) => readonly [string, string]>> = {
  contentSecurityPolicy: (setting) => ["content-security-policy", text(setting, "contentSecurityPolicy")],
  contentTypeOptions: () => ["x-content-type-options", "nosniff"],
  frameOptions: (setting) => ["x-frame-options", text(setting, "frameOption")],
  referrerPolicy: (setting) => ["referrer-policy", text(setting, "referrerPolicy")],
};

/** Omitted, because browsers ignore it over plain HTTP: https://www.rfc-editor.org/rfc/rfc6797#section-8.1 */
const OMITTED = "strictTransportSecurity";

/**
 * The headers of a response headers policy, by lower-case name. `override` has no effect, because no object has these headers.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html
 * @throws {Error} for a property that is not served here.
 */
export function readSecurityHeaders(policy: DeclaredResource): Readonly<Record<string, string>> {
  const config = nested(policy, CONFIG);
  const unsupported = [
    ...Object.keys(policy.properties).filter((property) => /Config$/.test(property) && property !== CONFIG),
    ...Object.keys(config?.properties ?? {}).filter((name) => !(name in HEADERS) && name !== OMITTED),
  ];
  if (unsupported.length > 0) {
    throw new Error(
      `The local stack does not serve ${unsupported.join(", ")} of ${describe(policy)}. Serve it in ` +
        "emulator/program/read-security-headers.ts.",
    );
  }
  const headers = Object.entries(HEADERS).flatMap(([property, header]) => {
    const setting = config && nested(config, property);
    return setting ? [header(setting)] : [];
  });
  return Object.fromEntries(headers);
}
