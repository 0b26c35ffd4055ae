/**
 * Where things are on this machine instead of where AWS has them: `https://{host}` or `wss://{host}:{port}` → the origin
 * on loopback. The program itself knows only the former.
 */
export type Origins = ReadonlyMap<string, string>;

/** `text` with every origin replaced. */
export function replaceOrigins(text: string, origins: Origins): string {
  let replaced = text;
  for (const [origin, local] of origins) replaced = replaced.replaceAll(origin, local);
  return replaced;
}

/** The same for every text inside a value: objects and lists are copied. */
export function replaceOriginsIn(value: unknown, origins: Origins): unknown {
  if (typeof value === "string") return replaceOrigins(value, origins);
  if (Array.isArray(value)) return value.map((entry) => replaceOriginsIn(entry, origins));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, replaceOriginsIn(entry, origins)]),
  );
}
