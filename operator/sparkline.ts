const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;
const MIDDLE = "▄";

/** One bar per value, from the lowest `▁` to the highest `█`; `▄` for each when all are equal. */
export function sparkline(values: readonly number[]): string {
  const lowest = Math.min(...values);
  const range = Math.max(...values) - lowest;
  if (range === 0) return MIDDLE.repeat(values.length);
  return values.map((value) => BARS[Math.round(((value - lowest) / range) * (BARS.length - 1))]).join("");
}
