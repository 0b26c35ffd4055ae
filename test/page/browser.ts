import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";

const PACKAGE = "@sparticuz/chromium";
const CACHE = fileURLToPath(new URL("../../node_modules/.cache/chromium", import.meta.url));

/**
 * A headless Chromium, to be closed by the caller: the executable in the environment variable `CHROMIUM`, else that of
 * `@sparticuz/chromium`. The flags of the package are not used: they disable web security, which is tested here.
 */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] || (await unpackChromium());
  return await chromium.launch({
    executablePath,
    args: [
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-domain-reliability",
      "--disable-sync",
      "--no-pings",
    ],
  });
}

/**
 * The path of the packaged Chromium, unpacked once per version of the package. The package does not detect a partially
 * written file, so each process unpacks into a private directory and renames it.
 */
async function unpackChromium(): Promise<string> {
  const { version } = createRequire(import.meta.url)(`../../node_modules/${PACKAGE}/package.json`);
  const directory = join(CACHE, version);
  const executablePath = join(directory, "chromium");
  if (existsSync(executablePath)) return executablePath;

  await mkdir(CACHE, { recursive: true });
  const own = await mkdtemp(join(CACHE, "unpacking-"));
  try {
    // A child process, because TMPDIR applies to the whole process.
    const script = `import chromium from "${PACKAGE}"; await chromium.executablePath();`;
    await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: CACHE,
      env: { ...process.env, TMPDIR: own },
    });
    await rename(own, directory);
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    // Another process was first.
    if (!existsSync(executablePath)) throw error;
  }
  return executablePath;
}
