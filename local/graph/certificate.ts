import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../java/run.ts";

const ALIAS = "graph";
const DAYS = 30;

/** The JVM's own start is most of the time that `keytool` takes. */
const QUICK_START = ["-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC"];

/** What a server of `node:https` needs to be 127.0.0.1, and its clients to believe it. */
export interface Certificate {
  /** The private key and the certificate, as PKCS #12. */
  readonly pfx: Buffer;
  readonly passphrase: string;
  /** The certificate alone, a PEM file: for `NODE_EXTRA_CA_CERTS`, which Node reads when a process starts and never again. */
  readonly caPath: string;
}

/**
 * A new certificate for the address 127.0.0.1, signed by itself, good for 30 days. Takes some 0.7 s. The key is in a folder of its
 * own under `directory` that only this user can enter; the passphrase is in no file once this resolves.
 * @param directory made when it is not there; whoever names it removes it.
 * @throws {Error} when there is no `keytool`, which every Java brings; with its words when it fails.
 */
export async function makeCertificate(directory: string): Promise<Certificate> {
  await mkdir(directory, { recursive: true });
  // 0700, as mkdtemp makes it: keytool writes a key that others may read until it is told otherwise.
  const folder = await mkdtemp(join(directory, "certificate-"));
  const [keyStore, passphraseFile, caPath] = ["key.p12", "passphrase", "ca.pem"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const passphrase = randomBytes(24).toString("hex");
  // Not an argument: those of a process are anybody's to see.
  await writeFile(passphraseFile, passphrase, { mode: 0o600 });
  try {
    const store = ["-alias", ALIAS, "-keystore", keyStore, "-storepass:file", passphraseFile];
    await runKeytool([
      "-genkeypair",
      ...["-keyalg", "EC", "-groupname", "secp256r1", "-storetype", "PKCS12"],
      ...["-dname", "CN=127.0.0.1", "-ext", "SAN=IP:127.0.0.1", "-validity", String(DAYS)],
      ...store,
    ]);
    await chmod(keyStore, 0o600);
    await runKeytool(["-exportcert", "-rfc", "-file", caPath, ...store]);
  } finally {
    await rm(passphraseFile);
  }
  return { pfx: await readFile(keyStore), passphrase, caPath };
}

async function runKeytool(args: readonly string[]): Promise<void> {
  const keytool = await run("keytool", [...QUICK_START, ...args]);
  if (!keytool) {
    throw new Error(
      "Expected keytool on PATH, which comes with Java, found none. Install Java (Debian: apt-get install openjdk-17-jre-headless) and run again.",
    );
  }
  if (keytool.exitCode !== 0) {
    throw new Error(
      [
        `Expected keytool ${args[0]} to succeed, but it ended with exit code ${keytool.exitCode}:`,
        ...keytool.lines.slice(0, 5),
      ].join("\n"),
    );
  }
}
