import { Hash } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";

/** The region and credentials, or their provider. */
export type Signer = Pick<ConstructorParameters<typeof SignatureV4>[0], "region" | "credentials">;

/**
 * The headers of a WebSocket handshake with Neptune, signed with Signature Version 4 for the service `neptune-db`. They are
 * valid for five minutes: sign each connection.
 * Source: https://docs.aws.amazon.com/neptune/latest/userguide/iam-auth-connecting-gremlin-java.html
 * @param url of the graph, `wss://{host}:{port}/gremlin`; the signature covers host and port.
 */
export async function signHandshake(
  url: string,
  { region, credentials }: Signer,
  signingDate = new Date(),
): Promise<Record<string, string>> {
  const { protocol, host, hostname, pathname } = new URL(url);
  const signer = new SignatureV4({
    service: "neptune-db",
    region,
    credentials,
    sha256: Hash.bind(null, "sha256"),
    // Neptune does not expect the header `x-amz-content-sha256`.
    applyChecksum: false,
  });
  const { headers } = await signer.sign(
    { method: "GET", protocol, hostname, path: pathname, headers: { host } },
    { signingDate },
  );
  return headers;
}
