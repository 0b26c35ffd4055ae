/* The prepared environment. That requests then bypass a proxy is tested in test/flows/npm-start.test.ts. */
import { expect, onTestFinished, test, vi } from "vitest";
import { prepareEnvironment } from "#start/prepare-environment.ts";

function prepared(environment: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const name of ["no_proxy", "NO_PROXY", "LC_ALL", "LC_CTYPE", "LANG"])
    vi.stubEnv(name, environment[name]);
  prepareEnvironment();
  // A child prepares the inherited environment again.
  prepareEnvironment();
  return process.env;
}

test.each([
  [{}, "127.0.0.1,localhost"],
  [{ NO_PROXY: "internal.example" }, "internal.example,127.0.0.1,localhost"],
  [{ no_proxy: "a.example, b.example", NO_PROXY: "c.example" }, "a.example,b.example,127.0.0.1,localhost"],
  [{ no_proxy: "", NO_PROXY: "localhost" }, "localhost,127.0.0.1"],
  [{ NO_PROXY: "*" }, "*"],
])("prepareEnvironment changes the proxy bypass list of %j to %s", (environment, list) => {
  const { no_proxy, NO_PROXY } = prepared(environment);
  expect([no_proxy, NO_PROXY]).toEqual([list, list]);
});

test.each([
  [{}, "C.UTF-8"],
  [{ LC_ALL: "POSIX", LANG: "de_DE.UTF-8" }, "C.UTF-8"],
  [{ LC_ALL: "", LC_CTYPE: "C" }, "C.UTF-8"],
  [{ LANG: "de_DE.UTF-8" }, undefined],
  [{ LC_ALL: "fr_FR.ISO-8859-1" }, "fr_FR.ISO-8859-1"],
])("prepareEnvironment sets LC_ALL for the locale %j to %s", (environment, locale) => {
  expect(prepared(environment)["LC_ALL"]).toBe(locale);
});
