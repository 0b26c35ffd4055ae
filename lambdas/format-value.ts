/** The JSON of a value for an error message; a bigint is formatted as its digits. */
export function formatValue(value: unknown): string {
  return (
    JSON.stringify(value, (_key, part) => (typeof part === "bigint" ? String(part) : part)) ?? "undefined"
  );
}
