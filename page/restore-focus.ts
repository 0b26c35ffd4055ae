/** Applies a change, and calls `setFocus` if the change hides the focused element. */
export function restoreFocus(change: () => void, setFocus: () => void): void {
  const focused = document.activeElement;
  change();
  const { activeElement, body } = document;
  const isLost = activeElement === body ? focused !== body : !activeElement?.checkVisibility();
  if (isLost) setFocus();
}
