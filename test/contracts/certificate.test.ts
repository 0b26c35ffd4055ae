/** The certificate of the auth proxy, created by the real keytool and verified by a real child process. */
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocketServer } from "ws";
import { type Certificate, createCertificate } from "#emulator/neptune/certificate.ts";

const CLIENT = fileURLToPath(new URL("fixtures/secure-client.ts", import.meta.url));

let directory: string;
let certificate: Certificate;
let url: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "ticker-watch-certificate-"));
  certificate = await createCertificate(join(directory, "run"));
  const server = createServer({ pfx: certificate.pfx, passphrase: certificate.passphrase });
  const sockets = new WebSocketServer({ server });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `wss://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return async () => {
    sockets.close();
    server.close();
    await once(server, "close");
  };
});
afterAll(() => rm(directory, { recursive: true }));

/** The output of a Node process with this environment that connects. */
async function connectWith(env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [CLIENT, url], { env });
  return stdout.trim();
}

test("a process with the certificate in NODE_EXTRA_CA_CERTS connects", async () => {
  expect(await connectWith({ NODE_EXTRA_CA_CERTS: certificate.caPath })).toBe("open");
});

test("a process without the certificate rejects the server", async () => {
  expect(await connectWith({})).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
});

test("a process with another certificate rejects the server", async () => {
  const other = await createCertificate(directory);
  expect(await connectWith({ NODE_EXTRA_CA_CERTS: other.caPath })).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
});

test("the certificate is valid only for 127.0.0.1", async () => {
  const parsed = new X509Certificate(await readFile(certificate.caPath));
  expect(parsed.subjectAltName).toBe("IP Address:127.0.0.1");
  expect(parsed.checkIP("127.0.0.2")).toBeUndefined();
});

test("only the owner can read the key, and the folder contains no other files", async () => {
  const folder = dirname(certificate.caPath);
  const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
  expect((await readdir(folder)).sort()).toEqual(["ca.pem", "key.p12"]);
  expect([await modeOf(folder), await modeOf(join(folder, "key.p12"))]).toEqual(["700", "600"]);
  expect(await readFile(certificate.caPath, "utf8")).not.toContain("PRIVATE KEY");
});

test("createCertificate without Java throws with install instructions and leaves no passphrase", async () => {
  vi.stubEnv("PATH", "/nowhere");
  const where = join(directory, "without-java");
  await expect(createCertificate(where)).rejects.toThrow(
    /^Expected keytool on PATH, which comes with Java, found none\. Install Java .* and run again\.$/,
  );
  vi.unstubAllEnvs();
  expect(await readdir(where, { recursive: true })).toHaveLength(1);
});
