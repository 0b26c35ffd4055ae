const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/**
 * The time of what is of today, the day of what is older; pointing at it shows both.
 * @param at ISO 8601
 */
export function timeElement(at: string): HTMLTimeElement {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  const element = document.createElement("time");
  element.dateTime = at;
  element.textContent = (isToday ? timeOfDay : day).format(date);
  element.title = dayAndTime.format(date);
  return element;
}
