/**
 * C0 and C1 controls, format characters (bidirectional and zero-width ones, the byte order mark), line and paragraph
 * separators, and lone surrogates: https://www.unicode.org/reports/tr44/#General_Category_Values
 */
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The text with each control character replaced, fit for one line of a log, a terminal or an HTTP answer. */
export function replaceControls(text: string, replacement = "?"): string {
  return text.replace(CONTROLS, replacement);
}

/**
 * A value in JSON in which control characters are escaped, also those that `JSON.stringify` leaves: it reads back as the same.
 * @param space as in `JSON.stringify`; the line breaks that it makes stay.
 */
export function toPrintableJson(value: unknown, space?: number): string {
  const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return (JSON.stringify(value, null, space) ?? "null").replace(CONTROLS, (character) =>
    character === "\n" ? character : character.replace(/[\s\S]/g, escapeUnit),
  );
}

/**
 * The beginning of a text, for an error: without control characters, and with `…` where it was cut.
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
