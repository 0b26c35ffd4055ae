/*
 * Each variable of each function, and each route, response, permission, mapping and schedule: without it, something that the
 * feed does is not done. Does not prove that AWS would run without what is not declared.
 */
import { withoutEachLink, withoutEachVariable } from "./removals.ts";
import { program, walk } from "./walk.ts";

const FUNCTIONS = ["authorize", "watch", "publish", "notify", "sweep", "operate"];

walk(
  [...withoutEachVariable(program), ...withoutEachLink(program)],
  Object.fromEntries(
    FUNCTIONS.map((name) => [
      `NODE_OPTIONS of ${name}`,
      "leads stacks in its log to the sources, for people",
    ]),
  ),
);
