import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { type BuildOptions, build } from "esbuild";

const PROJECT = join(import.meta.dirname, "..");
const CACHE = join(PROJECT, "node_modules", ".cache", "ticker-watch", "bundles");

/**
 * The code of a Lambda: `index.mjs` and its source map, bundled during the Pulumi run. Builds are
 * reproducible, so an unchanged function is not deployed.
 * @param entry module that exports `handler`, relative to the project root.
 */
export function bundleFunction(entry: string): pulumi.asset.AssetArchive {
  const files = bundle(entry, {
    platform: "node",
    target: "node24",
    outfile: "index.mjs",
    sourcemap: "linked",
    sourcesContent: false,
    // gremlin and ws are CommonJS and load Node modules with `require`, which an ES module does not define.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  return new pulumi.asset.AssetArchive(
    files.then(async (texts) => {
      const assets = Object.entries(texts).map(
        async ([name, text]) => [name, await cacheFile(name, text)] as const,
      );
      return Object.fromEntries(await Promise.all(assets));
    }),
  );
}

/**
 * A file with `text`, in a folder named by its hash. Not a StringAsset, because Pulumi stores its text in the
 * state twice (8 MB, written at every step); for a file it stores path and hash.
 */
async function cacheFile(name: string, text: string): Promise<pulumi.asset.FileAsset> {
  const folder = join(CACHE, createHash("sha256").update(text).digest("hex"));
  const path = join(folder, name);
  if (!existsSync(path)) {
    await mkdir(folder, { recursive: true });
    // Renamed into place, so that a concurrent reader never sees a partial file.
    const temporary = `${path}.${randomUUID()}`;
    await writeFile(temporary, text);
    await rename(temporary, path);
  }
  return new pulumi.asset.FileAsset(path);
}

/** A page module and its imports as one ES module for browsers. @param entry relative to the project root. */
export function bundlePage(entry: string): pulumi.asset.StringAsset {
  const files = bundle(entry, { platform: "browser", target: "es2022", outfile: "page.js" });
  return new pulumi.asset.StringAsset(files.then((texts) => texts["page.js"] ?? ""));
}

async function bundle(
  entry: string,
  options: BuildOptions & { outfile: string },
): Promise<Record<string, string>> {
  const { outputFiles } = await build({
    ...options,
    // Relative, because esbuild expands `*` in an absolute path as a pattern.
    entryPoints: [`./${entry}`],
    absWorkingDir: PROJECT,
    outfile: join(PROJECT, options.outfile),
    bundle: true,
    format: "esm",
    minify: true,
    keepNames: true,
    write: false,
    logLevel: "warning",
  });
  return Object.fromEntries(outputFiles.map(({ path, text }) => [path.slice(PROJECT.length + 1), text]));
}
