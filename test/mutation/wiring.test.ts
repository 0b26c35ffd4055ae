/*
 * Mutation tests: removing any environment variable, route, route response, permission, event source mapping
 * or schedule makes a probe fail. Does not prove that AWS requires no further resources.
 */
import { withoutEachLink, withoutEachVariable } from "./removals.ts";
import { program, testRemovals } from "./test-removals.ts";

const FUNCTIONS = ["authorize", "watch", "publish", "notify", "sweep", "operate"];

testRemovals(
  [...withoutEachVariable(program), ...withoutEachLink(program)],
  Object.fromEntries(
    FUNCTIONS.map((name) => [
      `NODE_OPTIONS of ${name}`,
      "maps stack traces in the log to the sources; no probe reads them",
    ]),
  ),
);
