import http from "node:http";

const LOOPBACK = ["127.0.0.1", "localhost"];

/**
 * Makes the environment of this process, and of the children that it starts afterwards, fit for servers on loopback: no request to
 * loopback goes through a proxy, and Java finds files whose paths are not ASCII. Proxies for other hosts stay. Idempotent.
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
  // Which of the two a program reads differs.
  env["no_proxy"] = list;
  env["NO_PROXY"] = list;
  // Node.js has read the list when this process started.
  const options = [...process.execArgv, ...(env["NODE_OPTIONS"] ?? "").split(" ")];
  if (env["NODE_USE_ENV_PROXY"] === "1" || options.includes("--use-env-proxy"))
    http.setGlobalProxyFromEnv(env);
}

/** In the locale C, Java replaces letters outside of ASCII in paths by `?`. */
function useUtf8(): void {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  if (["C", "POSIX"].includes(LC_ALL || LC_CTYPE || LANG || "C")) process.env["LC_ALL"] = "C.UTF-8";
}
