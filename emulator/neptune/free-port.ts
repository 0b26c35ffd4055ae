import { once } from "node:events";
import { createServer } from "node:net";

/** A free port of 127.0.0.1. Callers must handle that another process binds it first. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error(`Expected a port, got ${address}`);
  return address.port;
}
