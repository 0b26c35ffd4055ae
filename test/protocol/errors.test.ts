import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/* Compares the error codes in the sources with docs/errors.md. Does not prove that the explanations are true. */
const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** The members of the union type `name`. */
function unionOf(name: string, source: string): string[] {
  const [, members = ""] = new RegExp(`type ${name} =([^;]+);`).exec(source) ?? [];
  return [...members.matchAll(/"([^"]+)"/g)].map(([, member]) => member ?? "").sort();
}

/** The first column of the table with the header `code` in the section `heading`. */
function codesOf(heading: string, page: string): string[] {
  const [section = ""] = page.split(`## ${heading}`)[1]?.split("\n## ") ?? [];
  const [table = ""] = section.split("| code |")[1]?.split("\n\n") ?? [];
  return [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, code]) => code ?? "").sort();
}

test.each([
  ["ErrorCode", "protocol/messages.ts", "WebSocket error codes"],
  ["FaultCode", "protocol/errors.ts", "Log codes"],
])("docs/errors.md explains exactly the codes of %s in %s", (type, source, heading) => {
  const codes = unionOf(type, read(source));
  expect(codes).not.toEqual([]);
  expect(codesOf(heading, read("docs/errors.md"))).toEqual(codes);
});
