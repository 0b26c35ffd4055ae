import { Hash } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";
import type { ReceivedRequest } from "#emulator/iam/canonical-request.ts";
import type { SigningPrincipal } from "#emulator/iam/verify-signature.ts";

export const REGION = "us-east-1";
export const SERVICE = "sqs";
/** The default signing time. */
export const AT = new Date("2026-11-21T01:02:03Z");

export const CREDENTIALS = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "example/secret+",
  sessionToken: "example-session==",
};

export interface Unsigned {
  readonly method?: string;
  /** As sent, already encoded. */
  readonly path?: string;
  readonly query?: Readonly<Record<string, string | string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** A request signed with the signer of the AWS SDK, as received by a server. */
export async function sign(
  { method = "POST", path = "/", query = {}, headers = {}, body }: Unsigned = {},
  credentials: SigningPrincipal["credentials"] & { readonly accessKeyId: string } = CREDENTIALS,
  { region = REGION, service = SERVICE, at = AT } = {},
): Promise<ReceivedRequest & { readonly headers: Record<string, string>; readonly url: string }> {
  const signer = new SignatureV4({ service, region, credentials, sha256: Hash.bind(null, "sha256") });
  const signed = await signer.sign(
    {
      method,
      protocol: "http:",
      hostname: "127.0.0.1",
      path,
      query: { ...query },
      headers: { host: "127.0.0.1:9324", ...headers },
      ...(body && { body }),
    },
    { signingDate: at },
  );
  const parameters = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
  );
  return {
    method,
    url: [path, ...(parameters.length > 0 ? [parameters.join("&")] : [])].join("?"),
    headers: signed.headers,
  };
}
