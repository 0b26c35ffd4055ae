/** The first SIGINT, SIGTERM or SIGHUP. A second one terminates the process. */
export interface EndSignal extends Disposable {
  readonly received: Promise<void>;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function listenForEndSignal(): EndSignal {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onSignal = () => {
    removeListeners();
    resolve();
  };
  const removeListeners = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return { received: promise, [Symbol.dispose]: removeListeners };
}
