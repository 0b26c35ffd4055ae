/*
 * Ends with one sentence on a Node.js that cannot run TypeScript files, which otherwise fails with ERR_UNKNOWN_FILE_EXTENSION.
 * CommonJS in old syntax, so that every Node.js can run it.
 */
const [major, minor] = /(\d+)\.(\d+)/.exec(require("./package.json").engines.node).slice(1).map(Number);
const [currentMajor, currentMinor] = process.versions.node.split(".").map(Number);

if (currentMajor < major || (currentMajor === major && currentMinor < minor)) {
  process.stderr.write(
    `Expected Node.js ${major}.${minor} or newer, got ${process.versions.node}. Run "npm ci --ignore-scripts=false", ` +
      `which installs Node.js 24 in node_modules, or put a newer Node.js on PATH.\n`,
  );
  process.exit(1);
}
