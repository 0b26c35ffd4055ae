import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { connect } from "node:tls";
import type { GraphTarget } from "./graph.ts";

/** A TCP proxy on loopback in front of a Gremlin Server that injects network faults. Clients connect without TLS. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** The total number of opened connections. */
  readonly opened: number;
  /** The handling of bytes from the server. `cutAfterBytes` forwards that many more, then closes the connection. */
  fate: "pass" | "freeze" | { cutAfterBytes: number };
  /**
   * Applies a fault to the connection that sends the next bytes. `cut-before`: closes it without forwarding them.
   * `cut-after`: forwards them and closes it, so that the server executes a request that it cannot answer. `hold`: forwards neither
   * them nor later bytes of the connection until `release`, even when the client has closed it meanwhile.
   */
  faultNextRequest(fault: RequestFault): void;
  /** Forwards all held bytes to the server. Resolves when it has answered all forwarded requests. */
  release(): Promise<void>;
  /** Closes all connections; with `refuse` also each new one. */
  cut(options?: { readonly refuse: boolean }): void;
  /** Accepts new connections again. */
  heal(): void;
}

export type RequestFault = "cut-before" | "cut-after" | "hold";

export async function startTcpProxy({ port, tls }: GraphTarget): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let opened = 0;
  let isRefusing = false;
  const faults: RequestFault[] = [];
  const held = new Map<Socket, Buffer[]>();
  const replies: Promise<void>[] = [];
  const server = createServer((client) => {
    client.on("error", () => {});
    if (isRefusing) {
      client.destroy();
      return;
    }
    opened += 1;
    const target = connect({ ...tls, port, host: "127.0.0.1" });
    target.on("error", () => {});
    const pair = [client, target] as const;
    pairs.add(pair);
    let isOrphaned = false;
    client.on("close", () => {
      if (!isOrphaned && !held.has(target)) target.destroy();
    });
    target.on("close", () => {
      client.destroy();
      pairs.delete(pair);
    });
    client.on("data", (bytes: Buffer) => {
      const fault = faults.shift();
      const heldBytes = held.get(target);
      if (heldBytes) heldBytes.push(bytes);
      else if (fault === "hold") held.set(target, [bytes]);
      else if (fault !== "cut-before") target.write(bytes);
      if (fault === "cut-before" || fault === "cut-after") {
        isOrphaned = fault === "cut-after";
        if (isOrphaned) replies.push(replyOf(target));
        client.destroy();
      }
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
    faultNextRequest(fault) {
      faults.push(fault);
    },
    async release() {
      for (const [target, buffers] of held) {
        replies.push(replyOf(target));
        target.write(Buffer.concat(buffers));
      }
      held.clear();
      await Promise.all(replies.splice(0));
    },
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

/** Resolves when the socket next receives bytes, or closes. */
async function replyOf(socket: Socket): Promise<void> {
  if (socket.closed) return;
  const stop = new AbortController();
  const { signal } = stop;
  await Promise.race([once(socket, "data", { signal }), once(socket, "close", { signal })]);
  stop.abort();
}
