const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;
const MIDDLE = "▄";

/** One bar for each value, from the lowest `▁` to the highest `█`; all of middle height when they are all the same. */
export function sparkline(values: readonly number[]): string {
  const lowest = Math.min(...values);
  const range = Math.max(...values) - lowest;
  if (range === 0) return MIDDLE.repeat(values.length);
  return values.map((value) => BARS[Math.round(((value - lowest) / range) * (BARS.length - 1))]).join("");
}
