import fc from "fast-check";

/** Strings with each kind of control character, and their printable form. */
export const CONTROL_CHARACTERS: readonly (readonly [kind: string, text: string, shown: string])[] = [
  ["a C0 escape sequence", "a\u001b[31mb", "a?[31mb"],
  ["line breaks and tabs", "a\r\n\tb", "a???b"],
  ["NUL and DEL", "a\u0000\u007fb", "a??b"],
  ["a C1 control sequence", "a\u009b31mb\u0085c", "a?31mb?c"],
  ["bidirectional controls", "a\u202e\u2066\u2069\u200f\u061cb", "a?????b"],
  ["zero-width characters", "a\u200b\u200c\u200d\u2060\ufeffb", "a?????b"],
  ["line and paragraph separators", "a\u2028\u2029b", "a??b"],
  ["lone surrogates", "a\ud83db\ude00", "a?b?"],
];

/** Strings without control characters: printed unchanged. */
export const PRINTABLE = ["Märkte €", "数字", "пять", "😀 𝄞", "~ !\"'[]", "٣٤", "é"];

/** The control characters that must not reach a terminal or a log line. */
export const ANY_CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Random strings with many control characters. */
export const hostileText = fc.string({
  unit: fc.oneof(
    fc.constantFrom("\u001b", "[31m", "\u009b", "\u202e", "\u2028", "\r", "\n", "\ud83d", "\ufeff", "\u0007"),
    fc.constantFrom("\u001b]0;x\u0007", "\u001b[2J", "\u001bP", "a", "é", "😀", "?", " ", "\\u001b", '"'),
    fc.string({ unit: "binary", maxLength: 3 }),
  ),
  maxLength: 40,
});
