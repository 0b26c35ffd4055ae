/** The texts of parsed events. A function gets the text that its caller sent, as on Lambda. */
const TEXTS = new WeakMap<object, string>();

/**
 * The value of a JSON text, which must not be changed afterwards.
 * @throws {SyntaxError} when it is not JSON.
 */
export function parseEvent(text: string): unknown {
  const event: unknown = JSON.parse(text);
  if (typeof event === "object" && event !== null) TEXTS.set(event, text);
  return event;
}

/**
 * An event in JSON: the text that it was parsed from, if there is one. Writing it again would change numbers that a double does
 * not hold, and overflow the stack for one that is nested 5,000 deep.
 * @throws {TypeError} when it has no JSON (a circle, a BigInt).
 */
export function serializeEvent(event: unknown): string {
  const text = typeof event === "object" && event !== null ? TEXTS.get(event) : undefined;
  return text ?? JSON.stringify(event) ?? "null";
}
