import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  GoneException,
  LimitExceededException,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalStack, startStack } from "#emulator/stack.ts";
import { asOperator, isPush, publish, Watcher } from "#support/clients.ts";
import { output } from "#support/output.ts";

/* The AWS SDK and curl with the URLs in the stack outputs. */
let stack: LocalStack;
let client: ApiGatewayManagementApiClient;
beforeAll(async () => {
  stack = await startStack({ config: { publishAccess: "open" } });
  client = new ApiGatewayManagementApiClient({
    endpoint: output(stack, "connectionsUrl"),
    ...asOperator(stack),
  });
});
afterAll(() => stack[Symbol.asyncDispose]());

test("the AWS SDK posts to, inspects and deletes a connection; then each call returns 410", async () => {
  await using watcher = await Watcher.connect(stack);
  const ConnectionId = await watcher.watch("AAPL");

  const Data = JSON.stringify({ action: "quotes", "connection-id": ConnectionId, quotes: [] });
  await client.send(new PostToConnectionCommand({ ConnectionId, Data }));
  expect(await watcher.frame(isPush)).toEqual(JSON.parse(Data));

  const { Identity, ConnectedAt } = await client.send(new GetConnectionCommand({ ConnectionId }));
  expect([Identity?.SourceIp, ConnectedAt]).toEqual(["127.0.0.1", expect.any(Date)]);

  await client.send(new DeleteConnectionCommand({ ConnectionId }));
  await watcher.closed;
  for (const command of [
    new PostToConnectionCommand({ ConnectionId, Data }),
    new GetConnectionCommand({ ConnectionId }),
    new DeleteConnectionCommand({ ConnectionId }),
  ]) {
    // `send` has no overload for a union of commands.
    await expect(client.send(command as PostToConnectionCommand)).rejects.toBeInstanceOf(GoneException);
  }
});

test("the given curl command publishes prices and reaches the connection in connId", async () => {
  await using watcher = await Watcher.connect(stack);
  const connectionId = await watcher.watch("GOOG");
  const { stdout, stderr } = await promisify(execFile)("curl", [
    "-vk",
    "-HContent-Type:application/x-www-form-urlencoded",
    ...["-d", "ticker=AAPL", "-d", "price=2400", "-d", "ticker=GOOG", "-d", "price=31300"],
    ...["-d", `connId=${connectionId}`],
    output(stack, "publishUrl"),
  ]);
  expect(stderr).toContain("< HTTP/1.1 200 OK");
  expect(JSON.parse(stdout)).toEqual({ quotes: 2, watchers: 1, delivered: 1, gone: 0, closed: 0 });
  expect(
    await watcher.frame((frame) => frame.action === "quotes" && frame.quotes.length === 2),
  ).toMatchObject({
    "connection-id": connectionId,
    quotes: [
      { ticker: "AAPL", price: 2400 },
      { ticker: "GOOG", price: 31_300 },
    ],
  });
});

test("a publish closes a connection that does not read; a new one gets the last price", async () => {
  await using hanging = await Watcher.connect(stack);
  const ConnectionId = await hanging.watch("HANG");
  hanging.pause();
  // Fills the socket buffers and the send queue of API Gateway.
  const Data = JSON.stringify({
    action: "quotes",
    "connection-id": ConnectionId,
    quotes: [],
    filler: "x".repeat(120_000),
  });
  const fill = async () => {
    for (;;) await client.send(new PostToConnectionCommand({ ConnectionId, Data }));
  };
  await expect(fill()).rejects.toBeInstanceOf(LimitExceededException);

  expect(await publish(stack, "ticker=HANG&price=100")).toEqual({
    status: 200,
    body: { quotes: 1, watchers: 1, delivered: 0, gone: 0, closed: 1 },
  });
  hanging.resume();
  await hanging.closed;
  await using reconnected = await Watcher.connect(stack);
  expect(await reconnected.ask({ action: "watch", tickers: ["HANG"] })).toMatchObject({
    quotes: [{ ticker: "HANG", price: 100 }],
  });
});
