/** The original JSON of parsed events, because Lambda passes the payload of the caller unchanged. */
const JSON_OF_EVENT = new WeakMap<object, string>();

/**
 * The event of a JSON payload. It must not be modified, because {@link serializeEvent} returns the payload.
 * @throws {SyntaxError} when the payload is not JSON.
 */
export function parseEvent(text: string): unknown {
  const event: unknown = JSON.parse(text);
  if (typeof event === "object" && event !== null) JSON_OF_EVENT.set(event, text);
  return event;
}

/**
 * The event as JSON: the payload that it was parsed from, if any. Serializing it again would change numbers
 * that do not fit a double, and overflow the stack at a depth of about 5,000.
 * @throws {TypeError} when the event cannot be serialized (circular reference, BigInt).
 */
export function serializeEvent(event: unknown): string {
  const text = typeof event === "object" && event !== null ? JSON_OF_EVENT.get(event) : undefined;
  return text ?? JSON.stringify(event) ?? "null";
}
