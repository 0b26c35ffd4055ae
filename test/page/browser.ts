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
 * A headless Chromium: the one that the environment variable `CHROMIUM` names, else the one that comes as the package
 * `@sparticuz/chromium`. It loads nothing on its own account. The caller closes it.
 *
 * The package's own flags are not used: made for Lambda, they put everything in one process and switch web security
 * off, which is among the things to be tested.
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
 * The path of the packaged Chromium, unpacked once for each version of the package.
 *
 * The package unpacks into the temporary directory and takes a file that is there for whole, even while another process
 * still writes it. So each process that finds none unpacks into a directory of its own, and the first to be done gives
 * it the name that all look for.
 */
async function unpackChromium(): Promise<string> {
  const { version } = createRequire(import.meta.url)(`../../node_modules/${PACKAGE}/package.json`);
  const directory = join(CACHE, version);
  const executablePath = join(directory, "chromium");
  if (existsSync(executablePath)) return executablePath;

  await mkdir(CACHE, { recursive: true });
  const own = await mkdtemp(join(CACHE, "unpacking-"));
  try {
    // A process of its own, because TMPDIR is everybody's.
    const script = `import chromium from "${PACKAGE}"; await chromium.executablePath();`;
    await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: CACHE,
      env: { ...process.env, TMPDIR: own },
    });
    await rename(own, directory);
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    // Another process was first, which is just as good.
    if (!existsSync(executablePath)) throw error;
  }
  return executablePath;
}
