/**
 * The source text of a member of a JSON object. `JSON.parse` and `JSON.stringify` would change large numbers,
 * escapes and repeated names.
 *
 * Iterative, so that deep nesting does not overflow the stack.
 * @param json a text that `JSON.parse` accepts, of an object. For any other text the result is undefined.
 * @param name the unescaped member name; the last one counts when it is repeated, as in `JSON.parse`.
 * @returns the value without surrounding white space; `undefined` when there is no such member.
 */
export function findMemberText(json: string, name: string): string | undefined {
  let found: string | undefined;
  let at = skipSpace(json, json.indexOf("{") + 1);
  while (json[at] === '"') {
    const keyEnd = endOfString(json, at);
    const key: unknown = JSON.parse(json.slice(at, keyEnd));
    const start = skipSpace(json, json.indexOf(":", keyEnd) + 1);
    const end = endOfValue(json, start);
    if (key === name) found = json.slice(start, end);
    const separator = skipSpace(json, end);
    at = json[separator] === "," ? skipSpace(json, separator + 1) : json.length;
  }
  return found;
}

function endOfValue(json: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    switch (json[at]) {
      case '"':
        at = endOfString(json, at);
        break;
      case "{":
      case "[":
        depth += 1;
        at += 1;
        break;
      case "}":
      case "]":
        depth -= 1;
        at += 1;
        break;
      default:
        at = depth === 0 ? endOfLiteral(json, at) : at + 1;
    }
  } while (depth > 0 && at < json.length);
  return at;
}

/** @param start index of the opening quote. @returns the index after the closing quote. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at + 1;
}

/** The end of a number, `true`, `false` or `null`. */
function endOfLiteral(json: string, start: number): number {
  let at = start;
  while (at < json.length && /[-+.\w]/.test(json[at] ?? "")) at += 1;
  return at;
}

function skipSpace(json: string, start: number): number {
  let at = start;
  while (at < json.length && " \t\n\r".includes(json[at] ?? "")) at += 1;
  return at;
}
