import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { afterEach, expect, test, vi } from "vitest";
import { timeLeftMs } from "../../../lambdas/deadline.ts";
import { GraphError, QueueError } from "../../../lambdas/errors.ts";
import type { FanOutPorts } from "../../../lambdas/fan-out/fan-out.ts";
import { quote, sockets, streamOf, subscriptionsWith, tickers } from "../ports.ts";

/* What each route answers, over ports that answer as told. Which route API Gateway selects is test/local/gateway's part. */
const PAGE_ORIGIN = "https://page.example";
let watching: readonly string[] = [];
let graphFault: Error | undefined;
let queueFault: Error | undefined;
const leftMs: number[] = [];
const { connections, told } = sockets((id) => (id === "no=" ? "forbidden" : "delivered"));
const ports: FanOutPorts = {
  connections,
  pages: {
    async send() {
      if (queueFault) throw queueFault;
    },
  },
  subscriptions: subscriptionsWith({
    async recordPrices(prices) {
      leftMs.push(timeLeftMs());
      if (graphFault) throw graphFault;
      return prices.map(({ ticker }) => quote(ticker));
    },
    watchersOf: () =>
      streamOf(watching.map((connectionId) => ({ connectionId, tickers: new Set(tickers("A")) }))),
    async *connections() {
      leftMs.push(timeLeftMs());
      if (graphFault) throw graphFault;
      yield watching;
    },
  }),
};
vi.mock("../../../lambdas/open-ports.ts", () => ({
  openSubscriptions: () => ports.subscriptions,
  openConnections: () => ports.connections,
  readPageOrigin: () => PAGE_ORIGIN,
}));
vi.mock("../../../lambdas/fan-out/open-fan-out.ts", () => ({
  openFanOut: () => ({ pages: ports.pages, directWatchers: 2 }),
}));
vi.mock("../../../lambdas/publish/record-publish.ts", () => ({ recordPublish() {} }));
const { handler } = await import("../../../lambdas/publish/handler.ts");

afterEach(() => {
  watching = [];
  graphFault = undefined;
  queueFault = undefined;
  vi.useRealTimers();
  told.length = 0;
  leftMs.length = 0;
});

const CONTEXT = { getRemainingTimeInMillis: () => 29_000 } as Context;

const OWN_HOST = "f6g7h8i9j0.execute-api.us-east-1.amazonaws.com";

async function post(routeKey: string, body: string, headers: Readonly<Record<string, string>> = {}) {
  const event = {
    routeKey,
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    requestContext: { domainName: OWN_HOST, http: { method: "POST" } },
    body: Buffer.from(body).toString("base64"),
    isBase64Encoded: true,
  };
  const { statusCode, body: text } = await handler(event as unknown as APIGatewayProxyEventV2, CONTEXT);
  return [statusCode, text];
}

const PRICE = "ticker=A&price=2400";
const NOTICE = "message=Back+at+5";

test.each([
  ["POST /", PRICE, '{"quotes":1,"watchers":2,"delivered":2,"gone":0,"closed":0}'],
  ["POST /broadcast", NOTICE, '{"watchers":2,"delivered":2,"gone":0,"closed":0}'],
])("%s tells two at once", async (routeKey, body, summary) => {
  watching = ["a=", "b="];
  expect(await post(routeKey, body)).toEqual([200, summary]);
  expect(told).toHaveLength(2);
});

test.each([
  ["POST /", PRICE, '{"quotes":1,"watchers":3,"queued":3}'],
  ["POST /broadcast", NOTICE, '{"watchers":3,"queued":3}'],
])("%s queues three", async (routeKey, body, summary) => {
  watching = ["a=", "b=", "c="];
  expect(await post(routeKey, body)).toEqual([200, summary]);
  expect(told).toEqual([]);
});

test.each([
  ["POST /", PRICE, '{"quotes":1,"watchers":1,"delivered":0,"gone":0,"closed":0,"failed":1}'],
  ["POST /broadcast", NOTICE, '{"watchers":1,"delivered":0,"gone":0,"closed":0,"failed":1}'],
])("%s is answered 503 when somebody could not be settled", async (routeKey, body, summary) => {
  watching = ["no="];
  expect(await post(routeKey, body)).toEqual([503, summary]);
});

test.each([
  ["POST /", "", "no quotes"],
  ["POST /", NOTICE, "no quotes"],
  ["POST /broadcast", PRICE, "no message"],
  ["POST /broadcast", "message=a&message=b", "too many messages: 2, at most 1"],
  ["$default", PRICE, "must use POST"],
])("%s with %j is answered 400: %s", async (routeKey, body, problem) => {
  expect(await post(routeKey, body)).toEqual([400, problem]);
});

test.each(["POST /", "POST /broadcast"])(
  "%s takes only forms, and only of the page's origin",
  async (routeKey) => {
    expect(await post(routeKey, NOTICE, { "content-type": "application/json" })).toEqual([
      400,
      "must use content type application/x-www-form-urlencoded",
    ]);
    expect(await post(routeKey, NOTICE, { origin: "https://other.example" })).toEqual([
      403,
      `foreign origin: expected ${PAGE_ORIGIN}`,
    ]);
  },
);

test.each([PAGE_ORIGIN, `https://${OWN_HOST}`, `http://${OWN_HOST}`])(
  "a post with the origin %s is accepted",
  async (origin) => {
    const [status] = await post("POST /", PRICE, { origin });
    expect(status).toBe(200);
  },
);

test.each(["null", "https://elsewhere.example"])(
  "a post with the origin %s is answered 403",
  async (origin) => {
    const expected = [403, `foreign origin: expected ${PAGE_ORIGIN}`];
    expect(await post("POST /", PRICE, { origin })).toEqual(expected);
    expect(await post("POST /broadcast", NOTICE, { origin })).toEqual(expected);
  },
);

test("a publish that the graph does not take is answered 503", async () => {
  graphFault = new GraphError("GRAPH_TIMEOUT", "The graph gave up.");
  expect(await post("POST /", PRICE)).toEqual([
    503,
    "the graph could not be asked: the price may be stored, nobody was told; publish again, repeating is harmless",
  ]);
});

test("a publish whose watchers could not be queued is answered 503", async () => {
  watching = ["a=", "b=", "c="];
  queueFault = new QueueError("full");
  expect(await post("POST /", PRICE)).toEqual([
    503,
    "not all watchers could be queued: the price is stored, some may be told; publish again, repeating is harmless",
  ]);
});

test.each([
  ["POST /", PRICE],
  ["POST /broadcast", NOTICE],
])("%s begins nothing in the last five seconds of a call", async (routeKey, body) => {
  vi.useFakeTimers({ toFake: ["performance"] });
  expect(await post(routeKey, body)).toMatchObject([200, expect.anything()]);
  expect(leftMs).toEqual([24_000]);
});
