import { build } from "esbuild";
import { expect, test } from "vitest";

/* Dependencies of the token modules, which also run on the operator's machine. */
const importsOf = async (entry: string) => {
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    format: "esm",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const paths = Object.keys(metafile.inputs);
  return new Set(paths.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/[^@]*$/.exec(path)?.[1] ?? []));
};

test.each(["lambdas/tokens/verify-token.ts", "protocol/sign-token.ts"])(
  "%s imports no package but jose",
  async (entry) => {
    expect(await importsOf(entry)).toEqual(new Set(["jose"]));
  },
);

test("importsOf detects the AWS package of lambdas/log.ts", async () => {
  expect([...(await importsOf("lambdas/log.ts"))]).toContain("@aws-lambda-powertools/logger");
});
