const two = (value: number) => String(value).padStart(2, "0");

/** A time in this machine's zone: `14:03:22` for one of today, else `2026-11-20 14:03`. */
export function formatTime(at: string, now = new Date()): string {
  const time = new Date(at);
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
  if (time.toDateString() === now.toDateString()) return `${clock}:${two(time.getSeconds())}`;
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`;
}
