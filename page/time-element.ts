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

/** From here on a day is told with its year, and without a time. */
const FAR_MS = 300 * 24 * 60 * 60 * 1000;

/**
 * The time of what is of today, the day of what is older; pointing at it shows both.
 * @param at ISO 8601
 */
export function timeElement(at: string): HTMLTimeElement {
  const date = new Date(at);
  return makeElement(date, at, isToday(date) ? timeOfDay : day);
}

/** The same for what is to come, to the minute: the time of what is of today, the day besides of what is later. */
export function untilElement(date: Date): HTMLTimeElement {
  const isFar = Math.abs(date.getTime() - Date.now()) > FAR_MS;
  return makeElement(date, date.toISOString(), isToday(date) ? minuteOfDay : isFar ? day : dayAndMinute);
}

const isToday = (date: Date) => date.toDateString() === new Date().toDateString();

function makeElement(date: Date, at: string, format: Intl.DateTimeFormat): HTMLTimeElement {
  const element = document.createElement("time");
  element.dateTime = at;
  element.textContent = format.format(date);
  element.title = dayAndTime.format(date);
  return element;
}
