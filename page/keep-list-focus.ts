/**
 * Applies a change that may move or remove the focused button of `list`. Afterwards the focus is on the same button, else
 * on the button in its position, else on `fallback`.
 */
export function keepListFocus(list: HTMLElement, fallback: HTMLElement, change: () => void): void {
  const buttons = () => Array.from(list.querySelectorAll("button"));
  const before = buttons();
  const focused = before.find((button) => button === document.activeElement);
  change();
  if (!focused || focused === document.activeElement) return;
  const remaining = buttons();
  const next = focused.isConnected
    ? focused
    : remaining[Math.min(before.indexOf(focused), remaining.length - 1)];
  (next ?? fallback).focus();
}
