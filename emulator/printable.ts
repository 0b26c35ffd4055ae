/**
 * C0 and C1 controls, format characters (bidirectional and zero-width ones, the byte order mark), line and paragraph
 * separators, and lone surrogates: https://www.unicode.org/reports/tr44/#General_Category_Values
 */
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The text with each control character replaced by `?`. A copy, because this folder imports no other; the tests share their cases. */
export function replaceControls(text: string): string {
  return text.replace(CONTROLS, "?");
}
