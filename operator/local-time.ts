const padTwo = (value: number) => String(value).padStart(2, "0");

/** A time in the local time zone: `14:03:22` if it is today, otherwise `2026-11-20 14:03`. */
export function formatTime(at: string, now = new Date()): string {
  const time = new Date(at);
  const clock = `${padTwo(time.getHours())}:${padTwo(time.getMinutes())}`;
  if (time.toDateString() === now.toDateString()) return `${clock}:${padTwo(time.getSeconds())}`;
  return `${time.getFullYear()}-${padTwo(time.getMonth() + 1)}-${padTwo(time.getDate())} ${clock}`;
}
