/** The parsed, unverified parts of a Signature Version 4 `Authorization` header. */
export interface SigV4Authorization {
  readonly accessKeyId: string;
  /** `20150830`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** As in the header, in signing order: `host;x-amz-date`. */
  readonly signedHeaders: string;
  /** Hexadecimal. */
  readonly signature: string;
}

export type ParsedAuthorization =
  | { readonly ok: true; readonly authorization: SigV4Authorization }
  /** The AWS error message. */
  | { readonly ok: false; readonly message: string };

const ALGORITHM = "AWS4-HMAC-SHA256";
const TERMINATOR = "aws4_request";
const PARAMETERS = ["Credential", "Signature", "SignedHeaders"] as const;

/**
 * Parses `AWS4-HMAC-SHA256 Credential={…}, SignedHeaders={a;b}, Signature={hex}`, with any number of spaces
 * after the commas. `Credential` is `{key}/{date}/{region}/{service}/aws4_request`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
 */
export function parseAuthorization(header: string): ParsedAuthorization {
  const [, algorithm = "", rest = ""] = /^(\S+)\s*(.*)$/s.exec(header.trim()) ?? [];
  if (algorithm !== ALGORITHM) return refuse(`Unsupported AWS 'algorithm': '${algorithm}'.`);

  const parameters = new Map<string, string>();
  for (const pair of rest.split(",").map((part) => part.trim())) {
    const equals = pair.indexOf("=");
    if (equals < 0) {
      return refuse(
        `'${pair}' not a valid key=value pair (missing equal-sign) in Authorization header: '${header}'.`,
      );
    }
    parameters.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  const missing = PARAMETERS.filter((name) => !parameters.get(name));
  if (missing.length > 0) {
    return refuse(missing.map((name) => `Authorization header requires '${name}' parameter.`).join(" "));
  }

  const credential = parameters.get("Credential") ?? "";
  const elements = credential.split("/");
  const [accessKeyId = "", date = "", region = "", service = "", terminator] = elements;
  if (elements.length !== 5) {
    return refuse(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    );
  }
  if (terminator !== TERMINATOR) {
    return refuse(
      `Credential should be scoped with a valid terminator: '${TERMINATOR}', not '${terminator}'.`,
    );
  }
  const signedHeaders = parameters.get("SignedHeaders") ?? "";
  if (!signedHeaders.split(";").includes("host")) {
    return refuse("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  const signature = parameters.get("Signature") ?? "";
  return { ok: true, authorization: { accessKeyId, date, region, service, signedHeaders, signature } };
}

const refuse = (message: string): ParsedAuthorization => ({ ok: false, message });
