import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { readHost } from "#emulator/apigateway/loopback-server.ts";

/* The host in events. Does not prove that handlers accept it as an origin: see test/flows. */
const DOMAIN_NAME = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com";

test.each([
  ["127.0.0.1:4000", "127.0.0.1:4000"],
  ["127.0.0.1", "127.0.0.1"],
  ["localhost:4000", "localhost:4000"],
  ["[::1]:4000", "[::1]:4000"],
  ["evil.example:4000", DOMAIN_NAME],
  ["127.0.0.1.evil.example:4000", DOMAIN_NAME],
  ["localhost@evil.example", DOMAIN_NAME],
  [undefined, DOMAIN_NAME],
])("events of a request with the Host header %s contain the host %s", (host, expected) => {
  const request = new IncomingMessage(new Socket());
  if (host !== undefined) request.headers.host = host;
  expect(readHost(request, DOMAIN_NAME)).toBe(expected);
});
