/** The most connections listed in one response. */
export const MAX_LISTED = 1_000;

/** All ids of a stream, deduplicated: after a graph retry an id may repeat. */
export async function collectIds(batches: AsyncIterable<readonly string[]>): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const batch of batches) for (const id of batch) ids.add(id);
  return ids;
}

/** The first {@link MAX_LISTED} ids, sorted. */
export function listIds(ids: ReadonlySet<string>): readonly string[] {
  return [...ids].sort().slice(0, MAX_LISTED);
}
