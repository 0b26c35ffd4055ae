import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { type BuildOptions, build } from "esbuild";

const PROJECT = join(import.meta.dirname, "..");
const KEPT = join(PROJECT, "node_modules", ".cache", "ticker-watch", "bundles");

/**
 * The code of a Lambda, `index.mjs` beside its source map, bundled while the program runs, so that it is never
 * stale. The same sources give the same bytes, so nothing is deployed that did not change.
 * @param entry the module that exports `handler`, from the project's root.
 */
export function bundleFunction(entry: string): pulumi.asset.AssetArchive {
  const files = bundle(entry, {
    platform: "node",
    target: "node24",
    outfile: "index.mjs",
    sourcemap: "linked",
    sourcesContent: false,
    // gremlin and ws are CommonJS and ask for Node's own modules with `require`, which an ES module does not have.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  return new pulumi.asset.AssetArchive(
    files.then(async (texts) => {
      const assets = Object.entries(texts).map(
        async ([name, text]) => [name, await keep(name, text)] as const,
      );
      return Object.fromEntries(await Promise.all(assets));
    }),
  );
}

/**
 * A file with `text`, in a folder named by its hash, so that it is never stale. Not a text asset, because Pulumi writes the
 * text of those into the stack's state, twice: 8 MB, saved anew at every step. Of a file it keeps the path and the hash.
 */
async function keep(name: string, text: string): Promise<pulumi.asset.FileAsset> {
  const folder = join(KEPT, createHash("sha256").update(text).digest("hex"));
  const path = join(folder, name);
  if (!existsSync(path)) {
    await mkdir(folder, { recursive: true });
    // Written aside and renamed: a file of that name is whole, whoever reads it meanwhile.
    const aside = `${path}.${randomUUID()}`;
    await writeFile(aside, text);
    await rename(aside, path);
  }
  return new pulumi.asset.FileAsset(path);
}

/** A module of the page and all that it imports, as one ES module for browsers. @param entry from the project's root. */
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
    // Relative, because esbuild takes a path with a `*` for a pattern.
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
