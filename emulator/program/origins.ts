/** Loopback origins by the AWS origins in the program: `https://{host}` or `wss://{host}:{port}`. */
export type Origins = ReadonlyMap<string, string>;

/** `text` with each AWS origin replaced by its loopback origin. */
export function replaceOrigins(text: string, origins: Origins): string {
  let replaced = text;
  for (const [origin, local] of origins) replaced = replaced.replaceAll(origin, local);
  return replaced;
}

/** A copy of `value` with the origins in all its strings replaced. */
export function replaceOriginsIn(value: unknown, origins: Origins): unknown {
  if (typeof value === "string") return replaceOrigins(value, origins);
  if (Array.isArray(value)) return value.map((entry) => replaceOriginsIn(entry, origins));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, replaceOriginsIn(entry, origins)]),
  );
}
