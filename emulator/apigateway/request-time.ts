const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The `requestTime` of events, in Common Log Format: `21/Nov/2026:01:02:03 +0000`. */
export function formatRequestTime(timeMs: number): string {
  const time = new Date(timeMs);
  const day = String(time.getUTCDate()).padStart(2, "0");
  const clock = time.toISOString().slice(11, 19);
  return `${day}/${MONTHS[time.getUTCMonth()]}/${time.getUTCFullYear()}:${clock} +0000`;
}
