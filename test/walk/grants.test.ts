/*
 * Each action on each resource that a role of the program is allowed: without it, something that the feed does is not done. Does
 * not prove that AWS asks for no more than the doors of this machine do.
 */
import { withoutEachGrant } from "./removals.ts";
import { program, walk } from "./walk.ts";

walk(withoutEachGrant(program), {});
