/**
 * C0 and C1 controls, format characters (bidirectional and zero-width ones, the byte order mark), line and paragraph
 * separators, and lone surrogates: https://www.unicode.org/reports/tr44/#General_Category_Values
 */
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** `text` with each control character replaced, safe for one line of a log, a terminal or an HTTP response. */
export function replaceControls(text: string, replacement = "?"): string {
  return text.replace(CONTROLS, replacement);
}

/**
 * The JSON of `value` with all control characters escaped, including those that `JSON.stringify` does not escape. It parses to
 * the same value.
 * @param space as in `JSON.stringify`; its line breaks are not escaped.
 */
export function toPrintableJson(value: unknown, space?: number): string {
  const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return (JSON.stringify(value, null, space) ?? "null").replace(CONTROLS, (character) =>
    character === "\n" ? character : character.replace(/[\s\S]/g, escapeUnit),
  );
}

/**
 * The start of `text` for an error message, without control characters; `…` marks a truncation.
 * @param maxLength in UTF-16 code units. A surrogate pair is never split. @default 40
 */
export function excerpt(text: string, maxLength = 40): string {
  if (text.length <= maxLength) return replaceControls(text);
  const end = isPair(text, maxLength - 1) ? maxLength - 1 : maxLength;
  return `${replaceControls(text.slice(0, end))}…`;
}

function isPair(text: string, index: number): boolean {
  return (text.codePointAt(index) ?? 0) > 0xffff;
}
