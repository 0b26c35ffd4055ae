import http from "node:http";

const LOOPBACK = ["127.0.0.1", "localhost"];

/**
 * Prepares the environment of this process and its later children: requests to loopback bypass proxies, and Java can open files
 * with non-ASCII paths. Idempotent.
 */
export function prepareEnvironment(): void {
  bypassProxyForLoopback();
  useUtf8();
}

/** @see https://nodejs.org/docs/latest-v24.x/api/http.html#built-in-proxy-support */
function bypassProxyForLoopback(): void {
  const { env } = process;
  const bypassed = (env["no_proxy"] || env["NO_PROXY"] || "").split(/[\s,]+/).filter(Boolean);
  const list = bypassed.includes("*") ? "*" : [...new Set([...bypassed, ...LOOPBACK])].join(",");
  // Programs read one or the other.
  env["no_proxy"] = list;
  env["NO_PROXY"] = list;
  // Node.js read the list at the start of this process.
  const options = [...process.execArgv, ...(env["NODE_OPTIONS"] ?? "").split(" ")];
  if (env["NODE_USE_ENV_PROXY"] === "1" || options.includes("--use-env-proxy"))
    http.setGlobalProxyFromEnv(env);
}

/** In the C locale Java replaces non-ASCII characters in paths by `?`. */
function useUtf8(): void {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  if (["C", "POSIX"].includes(LC_ALL || LC_CTYPE || LANG || "C")) process.env["LC_ALL"] = "C.UTF-8";
}
