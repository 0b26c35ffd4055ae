import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

/* Links and line lengths of README.md and docs/. Does not check links to other sites. */
const PROJECT = join(import.meta.dirname, "../..");
const DOCUMENTS = [
  ...["README.md", "CONTRIBUTING.md", "AGENTS.md"],
  ...readdirSync(join(PROJECT, "docs")).flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
];
const read = (path: string) => readFileSync(join(PROJECT, path), "utf8");

/** Anchors as GitHub generates them. */
function anchorsOf(path: string): readonly string[] {
  const headings = [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading.toLowerCase());
  return headings.map((heading) => heading.replace(/[^\p{L}\d _-]/gu, "").replaceAll(" ", "-"));
}

function isBroken(document: string, link: string): boolean {
  const [target = "", anchor] = link.split("#");
  const path = target === "" ? document : join(dirname(document), target);
  if (!existsSync(join(PROJECT, path))) return true;
  return anchor !== undefined && !anchorsOf(path).includes(anchor);
}

test.each(DOCUMENTS)("every link in %s to a file or heading resolves", (document) => {
  const links = [...read(document).matchAll(/\]\(([^)\s]+)\)|src(?:set)?="([^"]+)"/g)];
  const local = links.map(([, link, source = ""]) => link ?? source).filter((link) => !/^https?:/.test(link));
  expect(local.filter((link) => isBroken(document, link))).toEqual([]);
});

test.each(DOCUMENTS)("no line in %s is longer than 120 characters, except table rows", (document) => {
  const lines = read(document).split("\n");
  expect(lines.filter((line) => line.length > 120 && !/^\s*\|/.test(line))).toEqual([]);
});
