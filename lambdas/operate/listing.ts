/** The most connections that one answer names. */
export const MAX_LISTED = 1_000;

/** All of a stream, each once: after a fault of the graph the same may come again. */
export async function allOf(batches: AsyncIterable<readonly string[]>): Promise<ReadonlySet<string>> {
  const all = new Set<string>();
  for await (const batch of batches) for (const each of batch) all.add(each);
  return all;
}

/** The first of them in order, no more than an answer names. */
export function firstOf(all: ReadonlySet<string>): readonly string[] {
  return [...all].sort().slice(0, MAX_LISTED);
}
