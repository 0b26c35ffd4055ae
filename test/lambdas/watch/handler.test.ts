import type { Context } from "aws-lambda";
import { afterEach, expect, test, vi } from "vitest";
import type { Ports } from "#lambdas/delivery/deliver.ts";
import { sockets, subscriptionsWith } from "#support/ports.ts";

/* Results of the handler. Forwarding by API Gateway is tested in test/emulator, `$connect` in test/flows. */
let fault: Error | undefined;
const ports: Ports = {
  connections: sockets().connections,
  subscriptions: subscriptionsWith({
    async connect() {},
    async isConnected() {
      if (fault) throw fault;
      return true;
    },
    async attach() {
      return true;
    },
    async watched() {
      return { user: { id: "Ann", version: 0 }, tickers: [], baskets: [], quotes: [] };
    },
  }),
};
vi.mock("#lambdas/open-ports.ts", () => ({
  openSubscriptions: () => ports.subscriptions,
  openConnections: () => ports.connections,
  readPageOrigin: () => "https://page.example",
}));

afterEach(() => {
  fault = undefined;
  vi.unstubAllEnvs();
  vi.resetModules();
});

/** The result of a handler started with this `USER_ACCESS`. */
async function send(message: Readonly<Record<string, unknown>>, userAccess = "token") {
  vi.stubEnv("USER_ACCESS", userAccess);
  const { handler } = await import("#lambdas/watch/handler.ts");
  const requestContext = { routeKey: `${message["action"]}`, connectionId: "a=", connectedAt: 0 };
  const { statusCode, body } = await handler({ requestContext, body: JSON.stringify(message) }, {
    getRemainingTimeInMillis: () => 28_000,
  } as Context);
  return [statusCode, body === undefined ? undefined : JSON.parse(body)];
}

/** The result of a `$connect` with these headers. */
async function connect(headers: Readonly<Record<string, string>>) {
  vi.stubEnv("USER_ACCESS", "token");
  const { handler } = await import("#lambdas/watch/handler.ts");
  const requestContext = {
    routeKey: "$connect",
    connectionId: "a=",
    connectedAt: 0,
    domainName: "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
  };
  return await handler({ requestContext, headers }, {} as Context);
}

test.each([
  {},
  { Origin: "https://page.example" },
  { Origin: "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com" },
  { origin: "wss://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com" },
])("handler accepts a $connect with the headers %j", async (headers) => {
  expect(await connect(headers)).toEqual({ statusCode: 200 });
});

test.each([{ Origin: "null" }, { Origin: "https://elsewhere.example" }, { origin: "http://page.example" }])(
  "handler returns 403 for a $connect with the headers %j",
  async (headers) => {
    expect(await connect(headers)).toEqual({ statusCode: 403 });
  },
);

const UNAUTHORIZED = {
  action: "error",
  code: "unauthorized",
  message: "This service does not accept a user id without a token of that user.",
};

test.each(["token", "Open", "openly"])(
  "handler requires a token for a user with USER_ACCESS=%s",
  async (userAccess) => {
    expect(await send({ action: "user", id: "Ann" }, userAccess)).toEqual([200, UNAUTHORIZED]);
  },
);

test("handler accepts a user without a token with USER_ACCESS=open", async () => {
  expect(await send({ action: "user", id: "Ann" }, "open")).toEqual([
    200,
    { action: "quotes", "connection-id": "a=", watching: [], user: { id: "Ann", version: 0 }, quotes: [] },
  ]);
});

test("handler module throws on import without USER_ACCESS", async () => {
  await expect(send({ action: "user", id: "Ann" }, "")).rejects.toThrow("USER_ACCESS is missing or empty");
});

const INTERNAL = {
  action: "error",
  code: "internal",
  message: "Something went wrong on our side. Send the message again.",
};

test.each([
  [{}, INTERNAL],
  [{ request: "r1" }, { ...INTERNAL, request: "r1" }],
  [{ request: "" }, { ...INTERNAL, request: "" }],
])("handler returns internal without details of the fault, and echoes %j", async (named, reply) => {
  fault = new Error("no graph");
  expect(await send({ action: "user", id: "Ann", ...named })).toEqual([200, reply]);
});
