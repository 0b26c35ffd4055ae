/**
 * Makes a change that may move or take away the button of `list` that has the focus. The focus is then on the same button,
 * else on the one that has come in its place, else on `fallback`: whoever uses a keyboard goes on from there.
 */
export function keepListFocus(list: HTMLElement, fallback: HTMLElement, change: () => void): void {
  const buttons = () => Array.from(list.querySelectorAll("button"));
  const before = buttons();
  const held = before.find((button) => button === document.activeElement);
  change();
  if (!held || held === document.activeElement) return;
  const left = buttons();
  const next = held.isConnected ? held : left[Math.min(before.indexOf(held), left.length - 1)];
  (next ?? fallback).focus();
}
