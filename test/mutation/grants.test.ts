/*
 * Mutation tests: removing any allowed action on any resource from a role makes a probe fail. Does not prove
 * that AWS requires no further permissions than the local auth proxies.
 */
import { withoutEachGrant } from "./removals.ts";
import { program, testRemovals } from "./test-removals.ts";

testRemovals(withoutEachGrant(program), {});
