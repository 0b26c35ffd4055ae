/** Makes a change that may hide what has the focus. `goOn` then puts the focus where one goes on from there. */
export function restoreFocus(change: () => void, goOn: () => void): void {
  const held = document.activeElement;
  change();
  const { activeElement, body } = document;
  const isLost = activeElement === body ? held !== body : !activeElement?.checkVisibility();
  if (isLost) goOn();
}
