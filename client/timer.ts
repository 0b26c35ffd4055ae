/** Runs `action` once after `delayMs`. Returns a function that cancels it. */
export type After = (delayMs: number, action: () => void) => () => void;

export const after: After = (delayMs, action) => {
  const timer = setTimeout(action, delayMs);
  return () => clearTimeout(timer);
};
