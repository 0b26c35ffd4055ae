import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { type BuildOptions, build } from "esbuild";

const PROJECT = join(import.meta.dirname, "..");

/**
 * The code of a Lambda, `index.mjs` beside its source map, bundled while the program runs: no build folder that could be
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
    files.then((texts) => mapValues(texts, (text) => new pulumi.asset.StringAsset(text))),
  );
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
    entryPoints: [join(PROJECT, entry)],
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

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
