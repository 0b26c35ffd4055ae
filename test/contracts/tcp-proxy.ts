import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP proxy on loopback that does to a connection what networks do. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections that were ever opened. */
  readonly opened: number;
  /** Resolves when the client sends its next bytes. */
  nextRequest(): Promise<void>;
  /** What happens to bytes from the server, until told otherwise: `n` lets so many more pass and then cuts. */
  fate: "pass" | "freeze" | { cutAfterBytes: number };
  /** Cuts all connections; with `refuse` new ones are cut at once too. */
  cut(options?: { readonly refuse: boolean }): void;
  /** Lets new connections through again. */
  heal(): void;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let opened = 0;
  let isRefusing = false;
  const waiting: (() => void)[] = [];
  const server = createServer((client) => {
    client.on("error", () => {});
    if (isRefusing) {
      client.destroy();
      return;
    }
    opened += 1;
    const target = connect(targetPort, "127.0.0.1");
    target.on("error", () => {});
    const pair = [client, target] as const;
    pairs.add(pair);
    client.on("close", () => target.destroy());
    target.on("close", () => {
      client.destroy();
      pairs.delete(pair);
    });
    client.on("data", (bytes: Buffer) => {
      target.write(bytes);
      for (const wake of waiting.splice(0)) wake();
    });
    target.on("data", (bytes: Buffer) => {
      const { fate } = proxy;
      if (fate === "freeze") return;
      if (fate === "pass") {
        client.write(bytes);
        return;
      }
      client.write(bytes.subarray(0, fate.cutAfterBytes));
      fate.cutAfterBytes -= bytes.length;
      if (fate.cutAfterBytes > 0) return;
      proxy.fate = "pass";
      client.destroySoon();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const cutAll = () => {
    for (const [client, target] of pairs) {
      client.destroy();
      target.destroy();
    }
  };
  const proxy: TcpProxy = {
    port: (server.address() as AddressInfo).port,
    get opened() {
      return opened;
    },
    fate: "pass",
    nextRequest: () => new Promise((resolve) => waiting.push(resolve)),
    cut({ refuse } = { refuse: false }) {
      isRefusing = refuse;
      cutAll();
    },
    heal() {
      isRefusing = false;
    },
    async [Symbol.asyncDispose]() {
      cutAll();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}
