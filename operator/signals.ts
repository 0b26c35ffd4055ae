/** The first Ctrl-C or `kill`; a second one ends the process at once. */
export interface EndSignal extends Disposable {
  readonly arrived: Promise<void>;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function endSignal(): EndSignal {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onSignal = () => {
    forget();
    resolve();
  };
  const forget = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return { arrived: promise, [Symbol.dispose]: forget };
}
