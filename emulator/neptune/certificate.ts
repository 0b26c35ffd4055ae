import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { duplexPair } from "node:stream";
import { connect, createSecureContext, TLSSocket } from "node:tls";
import { run } from "../java/run.ts";

const ALIAS = "graph";
const DAYS = 30;

/** JVM startup is most of the run time of `keytool`. */
const QUICK_START = ["-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC"];

/** A key with a self-signed certificate for 127.0.0.1. Servers and clients share it for mutual TLS. */
export interface Certificate {
  /** The private key and the certificate, as PKCS #12. */
  readonly pfx: Buffer;
  readonly passphrase: string;
  /** The certificate as PEM. */
  readonly pem: string;
  /** Path of the `pfx` file, readable only by this user. */
  readonly keyStorePath: string;
  /** Path of the `pem` file, for `NODE_EXTRA_CA_CERTS`, which Node reads only at process start. */
  readonly caPath: string;
}

/** TLS options of a client that authenticates with the certificate and trusts no other. */
export interface ClientTls {
  /** Includes the passphrase, because some clients do not forward the option `passphrase`. */
  readonly pfx: { readonly buf: Buffer; readonly passphrase: string }[];
  readonly ca: string[];
}

export const clientTls = ({ pfx, passphrase, pem }: Certificate): ClientTls => ({
  pfx: [{ buf: pfx, passphrase }],
  ca: [pem],
});

/**
 * A new self-signed certificate for 127.0.0.1, valid for 30 days. Takes about 0.4 s. The key is in a new
 * directory that only this user can access; the passphrase is not stored.
 * @param directory created if missing; the caller removes it.
 * @throws {Error} when `keytool`, which is part of Java, is missing, or with its output when it fails.
 */
export async function createCertificate(directory: string): Promise<Certificate> {
  await mkdir(directory, { recursive: true });
  // keytool first writes the key with default permissions; mkdtemp creates the directory with mode 0700.
  const folder = await mkdtemp(join(directory, "certificate-"));
  const [keyStorePath, passphraseFile, caPath] = ["key.p12", "passphrase", "ca.pem"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const passphrase = randomBytes(24).toString("hex");
  // Not an argument, because other users can read arguments.
  await writeFile(passphraseFile, passphrase, { mode: 0o600 });
  try {
    await runKeytool([
      "-genkeypair",
      ...["-keyalg", "EC", "-groupname", "secp256r1", "-storetype", "PKCS12"],
      ...["-dname", "CN=127.0.0.1", "-ext", "SAN=IP:127.0.0.1", "-validity", String(DAYS)],
      ...["-alias", ALIAS, "-keystore", keyStorePath, "-storepass:file", passphraseFile],
    ]);
  } finally {
    await rm(passphraseFile);
  }
  await chmod(keyStorePath, 0o600);
  const pfx = await readFile(keyStorePath);
  const pem = await readCertificate(pfx, passphrase);
  await writeFile(caPath, pem);
  return { pfx, passphrase, pem, keyStorePath, caPath };
}

/** The certificate of a key store as PEM, from a TLS handshake in memory; keytool would take 0.4 s. */
async function readCertificate(pfx: Buffer, passphrase: string): Promise<string> {
  const [near, far] = duplexPair();
  const server = new TLSSocket(far, {
    isServer: true,
    secureContext: createSecureContext({ pfx, passphrase }),
  });
  const client = connect({ socket: near, rejectUnauthorized: false });
  try {
    await once(client, "secureConnect");
    const certificate = client.getPeerX509Certificate();
    if (!certificate) throw new Error("Expected the key store to contain a certificate, got none.");
    return certificate.toString();
  } finally {
    client.destroy();
    server.destroy();
  }
}

async function runKeytool(args: readonly string[]): Promise<void> {
  const keytool = await run("keytool", [...QUICK_START, ...args]);
  if (!keytool) {
    throw new Error(
      "Expected keytool on PATH, which comes with Java, found none. " +
        "Install Java (Debian: apt-get install openjdk-17-jre-headless) and run again.",
    );
  }
  if (keytool.exitCode !== 0) {
    throw new Error(
      [
        `Expected keytool ${args[0]} to succeed, got exit code ${keytool.exitCode}:`,
        ...keytool.lines.slice(0, 5),
      ].join("\n"),
    );
  }
}
