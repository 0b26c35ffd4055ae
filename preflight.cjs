/*
 * Fails with one sentence on a Node.js that cannot run TypeScript files, and in a path that Node.js, npm, Java or (--for-vite) Vite
 * cannot handle. CommonJS in old syntax, so that every Node.js can run it.
 */
const [major, minor] = /(\d+)\.(\d+)/.exec(require("./package.json").engines.node).slice(1).map(Number);
const [currentMajor, currentMinor] = process.versions.node.split(".").map(Number);

/** PATH and a Java class path split at `:`, Node.js rejects `\` in a module URL, and Maven replaces `${…}`. */
const FORBIDDEN = [":", "\\", "${"];
/** Vite parses the rest of the path as a fragment or query. */
const FORBIDDEN_FOR_VITE = ["#", "?"];

if (process.platform !== "win32") {
  const forbidden = FORBIDDEN.concat(process.argv[2] === "--for-vite" ? FORBIDDEN_FOR_VITE : []);
  if (forbidden.some((text) => __dirname.includes(text))) {
    fail(
      `Expected the path of this project to contain none of ${forbidden.join(" ")}, got ${__dirname}. Move the project.`,
    );
  }
}
if (currentMajor < major || (currentMajor === major && currentMinor < minor)) {
  fail(
    `Expected Node.js ${major}.${minor} or newer, got ${process.versions.node}. Run "npm ci --ignore-scripts=false", ` +
      "which installs Node.js 24 in node_modules, or put a newer Node.js on PATH.",
  );
}

if (__dirname.includes("*")) resolveImportsLiterally();

/**
 * Node.js replaces every `*` of a resolved package import, also those of the project directory, in this process and in its children:
 * https://nodejs.org/api/esm.html#resolution-algorithm-specification (PACKAGE_TARGET_RESOLVE)
 */
function resolveImportsLiterally() {
  const { registerHooks } = require("node:module");
  const { join } = require("node:path");
  const { pathToFileURL } = require("node:url");
  const { imports } = require("./package.json");
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const room = (/^#[a-z]+\//.exec(specifier) || [""])[0];
      const target = imports[`${room}*`];
      if (!target) return nextResolve(specifier, context);
      const path = join(__dirname, target.replace("*", specifier.slice(room.length)));
      return nextResolve(pathToFileURL(path).href, context);
    },
  });
  const option = `--require ${JSON.stringify(__filename)}`;
  const options = process.env.NODE_OPTIONS || "";
  if (!options.includes(option)) process.env.NODE_OPTIONS = `${options} ${option}`.trim();
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
