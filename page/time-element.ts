import type { After } from "#client/timer.ts";

const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });
const minuteOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: "short", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const dayAndMinute = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** Beyond this distance a date is shown with its year and without a time. */
const FAR_MS = 300 * 24 * 60 * 60 * 1000;

/** The longest time between two repaints: timers are late after the computer slept. */
const REPAINT_MS = 60_000;

/** Computes the text of each element from the current time. */
const formats = new WeakMap<HTMLTimeElement, () => string>();

/**
 * An element that shows the time if it is today, else the day; its tooltip shows both.
 * @param at ISO 8601
 */
export function timeElement(at: string): HTMLTimeElement {
  const date = new Date(at);
  return makeElement(date, at, () => (isToday(date) ? timeOfDay : day));
}

/** An element for a time in the future: the time if it is today, the day and the time within 300 days, else the day. */
export function untilElement(date: Date): HTMLTimeElement {
  return makeElement(date, date.toISOString(), () => {
    const isFar = Math.abs(date.getTime() - Date.now()) > FAR_MS;
    return isToday(date) ? minuteOfDay : isFar ? day : dayAndMinute;
  });
}

/** Updates all times on the page, which may be of yesterday by now. */
export function repaintTimes(): void {
  for (const element of document.querySelectorAll("time")) {
    const text = formats.get(element)?.();
    if (text !== undefined && text !== element.textContent) element.textContent = text;
  }
}

/** Calls {@link repaintTimes} at each midnight, and soon after the computer slept through one. */
export function repaintTimesDaily(after: After): void {
  const now = new Date();
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
  after(Math.min(REPAINT_MS, midnight.getTime() - now.getTime()), () => {
    repaintTimes();
    repaintTimesDaily(after);
  });
}

const isToday = (date: Date) => date.toDateString() === new Date().toDateString();

function makeElement(date: Date, at: string, choose: () => Intl.DateTimeFormat): HTMLTimeElement {
  const element = document.createElement("time");
  const format = () => choose().format(date);
  formats.set(element, format);
  element.translate = false;
  element.dateTime = at;
  element.textContent = format();
  element.title = dayAndTime.format(date);
  return element;
}
