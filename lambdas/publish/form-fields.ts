import { excerpt } from "#protocol/printable.ts";

/** A valid form, or a one-line description of its first problem. */
export type Parsed<Form> =
  | { readonly ok: true; readonly form: Form }
  | { readonly ok: false; readonly problem: string };

export const refuse = (problem: string) => ({ ok: false, problem }) as const;

/** Keeps a byte order mark, so that the error for a field can mention it. */
const UTF_8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const NOT_UTF_8 = refuse(
  "not UTF-8: expected the form in UTF-8, for example ä as %C3%A4 (with curl use --data-urlencode)",
);

/** A request body decoded as strict UTF-8: a replacement character would alter a stored value. */
export function decodeBody(body: Uint8Array): Parsed<string> {
  const text = decodeUtf8(body);
  return text === undefined ? NOT_UTF_8 : { ok: true, form: text };
}

/**
 * The values of each field of an `application/x-www-form-urlencoded` text, in order of appearance. As in the
 * URL standard, `+` is a space and a `%` without two hex digits is literal; unlike there, invalid UTF-8 and
 * fields that are not in `names` are rejected. https://url.spec.whatwg.org/#urlencoded-parsing
 */
export function readFields<Name extends string>(
  body: string,
  names: readonly Name[],
): Parsed<Readonly<Record<Name, readonly string[]>>> {
  const fields = new Map<string, string[]>(names.map((name) => [name, []]));
  for (const pair of body.split("&")) {
    if (pair === "") continue;
    const separator = pair.indexOf("=");
    const name = decodePercent(separator < 0 ? pair : pair.slice(0, separator));
    const value = decodePercent(separator < 0 ? "" : pair.slice(separator + 1));
    if (name === undefined || value === undefined) return NOT_UTF_8;
    const values = fields.get(name);
    if (!values) return refuse(`unknown field: ${excerpt(name)} (${adviceFor(name, names)})`);
    values.push(value);
  }
  return { ok: true, form: Object.fromEntries(fields) as Record<Name, string[]> };
}

function adviceFor(name: string, names: readonly string[]): string {
  const expected = `expected ${names.join(", ")}`;
  if (hasByteOrderMark(name)) return `${expected}; remove the byte order mark before the name`;
  if (isQuoted(name)) return `${expected}; remove the quotes`;
  if (name.endsWith("]") && name.includes("[")) return `${expected}; repeat the name without brackets`;
  return `${expected}; encode & as %26, with curl use --data-urlencode`;
}

/** Whether a text begins with U+FEFF, which some editors write at the start of a file. */
export const hasByteOrderMark = (text: string): boolean => text.startsWith("\uFEFF");

/** Whether the text includes its shell quotes: cmd.exe passes single quotes on as part of an argument. */
export const isQuoted = (text: string): boolean => /^\s*["'`“”‘’«»]|["'`“”‘’«»]\s*$/.test(text);

/** `undefined` when the bytes are not UTF-8. */
function decodePercent(text: string): string | undefined {
  const bytesOf = (run: string) => Buffer.from(run.replaceAll("%", ""), "hex");
  let isUtf8 = true;
  const decoded = text.replaceAll("+", " ").replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    const part = decodeUtf8(bytesOf(run));
    isUtf8 &&= part !== undefined;
    return part ?? "";
  });
  return isUtf8 ? decoded : undefined;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF_8.decode(bytes);
  } catch {
    return undefined;
  }
}
