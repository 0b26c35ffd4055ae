/** A value as an error's message shows it: its JSON, with the digits of what JSON has no form for. */
export function shown(value: unknown): string {
  return (
    JSON.stringify(value, (_key, part) => (typeof part === "bigint" ? String(part) : part)) ?? "undefined"
  );
}
