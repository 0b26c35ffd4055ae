/**
 * The text of a member of a JSON object, as it was written: parsing it and writing it again would change numbers that a double
 * does not hold, escapes, and repeated names. Of a repeated name the last member counts, as for `JSON.parse`.
 *
 * Iterative, so that no depth of nesting overflows the stack.
 * @param json a text that `JSON.parse` accepts, and that holds an object. Of any other the result is meaningless.
 * @param name as it is in the parsed object.
 * @returns the value without the white space around it; `undefined` when no member has this name.
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

/** @param start of the opening quote. @returns the index after the closing one. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at + 1;
}

/** Of a number, `true`, `false` or `null`. */
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
