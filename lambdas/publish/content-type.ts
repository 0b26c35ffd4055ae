import { excerpt } from "#protocol/printable.ts";

const FORM = /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i;
const CHARSET = /;\s*charset\s*=\s*(?:"([^"]*)"|([^;\s]*))/i;
/** Labels of UTF-8 and of its subset ASCII. */
const UTF_8 = new Set(["utf-8", "utf8", "us-ascii", "ascii"]);

/** The one-line problem of a form's `content-type` header; `undefined` when the header is valid. */
export function checkContentType(contentType: string | undefined): string | undefined {
  if (contentType === undefined || !FORM.test(contentType)) {
    return "must use content type application/x-www-form-urlencoded";
  }
  const [, quoted, token] = CHARSET.exec(contentType) ?? [];
  const charset = quoted ?? token;
  if (charset === undefined || UTF_8.has(charset.toLowerCase())) return undefined;
  return `must use charset utf-8, not ${excerpt(charset)}`;
}
