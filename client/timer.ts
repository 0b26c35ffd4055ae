/** Runs `action` once, `delayMs` from now; the function returned calls it off. Tests give one that they move by hand. */
export type After = (delayMs: number, action: () => void) => () => void;

export const after: After = (delayMs, action) => {
  const timer = setTimeout(action, delayMs);
  return () => clearTimeout(timer);
};
