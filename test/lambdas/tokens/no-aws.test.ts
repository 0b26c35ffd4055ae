import { build } from "esbuild";
import { expect, test } from "vitest";

/* What the modules of tokens bring with them. They run on the operator's machine as well. */
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
  "%s needs jose and nothing else",
  async (entry) => {
    expect(await importsOf(entry)).toEqual(new Set(["jose"]));
  },
);

test("what needs AWS is seen", async () => {
  expect([...(await importsOf("lambdas/log.ts"))]).toContain("@aws-lambda-powertools/logger");
});
