import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { afterEach, expect, test, vi } from "vitest";
import { timeLeftMs } from "#lambdas/deadline.ts";
import type { FanOutPorts } from "#lambdas/delivery/fan-out.ts";
import { GraphError, QueueError } from "#protocol/errors.ts";
import { quote, sockets, streamOf, subscriptionsWith, tickers } from "#support/ports.ts";

/* The response of each route, over fake ports. Route selection is tested in test/emulator/apigateway. */
const PAGE_ORIGIN = "https://page.example";
let watching: readonly string[] = [];
let graphFault: Error | undefined;
let queueFault: Error | undefined;
const leftMs: number[] = [];
const recordedAt: number[] = [];
const { connections, posted } = sockets((id) => (id === "no=" ? "forbidden" : "delivered"));
const ports: FanOutPorts = {
  connections,
  pages: {
    async send() {
      if (queueFault) throw queueFault;
    },
  },
  subscriptions: subscriptionsWith({
    async recordPrices(prices, at) {
      leftMs.push(timeLeftMs());
      recordedAt.push(at.getTime());
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
vi.mock("#lambdas/open-ports.ts", () => ({
  openSubscriptions: () => ports.subscriptions,
  openConnections: () => ports.connections,
  readPageOrigin: () => PAGE_ORIGIN,
}));
vi.mock("#lambdas/delivery/open-fan-out.ts", () => ({
  openFanOut: () => ({ pages: ports.pages, directWatchers: 2 }),
}));
vi.mock("#lambdas/publish/record-publish.ts", () => ({ recordPublish() {} }));
const { handler } = await import("#lambdas/publish/handler.ts");

afterEach(() => {
  watching = [];
  graphFault = undefined;
  queueFault = undefined;
  vi.useRealTimers();
  posted.length = 0;
  leftMs.length = 0;
  recordedAt.length = 0;
});

const CONTEXT = { getRemainingTimeInMillis: () => 29_000 } as Context;

const OWN_HOST = "f6g7h8i9j0.execute-api.us-east-1.amazonaws.com";

/** The time in the fixture of test/emulator/apigateway. */
const ARRIVAL_MS = Date.UTC(2026, 10, 21, 1, 2, 3, 456);

async function post(
  routeKey: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
  { rawPath = "/development", method = "POST", stage = "development" } = {},
) {
  const event = {
    routeKey,
    rawPath,
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    requestContext: { domainName: OWN_HOST, http: { method, path: rawPath }, stage, timeEpoch: ARRIVAL_MS },
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
])("%s posts to two connections directly when the limit is two", async (routeKey, body, summary) => {
  watching = ["a=", "b="];
  expect(await post(routeKey, body)).toEqual([200, summary]);
  expect(posted).toHaveLength(2);
});

test.each([
  ["POST /", PRICE, '{"quotes":1,"watchers":3,"queued":3}'],
  ["POST /broadcast", NOTICE, '{"watchers":3,"queued":3}'],
])("%s queues three connections when the direct limit is two", async (routeKey, body, summary) => {
  watching = ["a=", "b=", "c="];
  expect(await post(routeKey, body)).toEqual([200, summary]);
  expect(posted).toEqual([]);
});

test.each([
  ["POST /", PRICE, '{"quotes":1,"watchers":1,"delivered":0,"gone":0,"closed":0,"failed":1}'],
  ["POST /broadcast", NOTICE, '{"watchers":1,"delivered":0,"gone":0,"closed":0,"failed":1}'],
])(
  "%s returns 503 and the summary when a connection could be neither reached nor closed",
  async (routeKey, body, summary) => {
    watching = ["no="];
    expect(await post(routeKey, body)).toEqual([503, summary]);
  },
);

test.each([
  ["POST /", "", "no quotes"],
  [
    "POST /",
    NOTICE,
    "unknown field: message (expected ticker, price, connId, time; encode & as %26, with curl use --data-urlencode)",
  ],
  ["POST /broadcast", "", "no message"],
  [
    "POST /broadcast",
    PRICE,
    "unknown field: ticker (expected message; encode & as %26, with curl use --data-urlencode)",
  ],
  ["POST /broadcast", "message=a&message=b", "too many messages: 2, at most 1"],
])("%s with %j returns 400: %s", async (routeKey, body, problem) => {
  expect(await post(routeKey, body)).toEqual([400, problem]);
});

test.each(["POST /", "POST /broadcast"])(
  "%s returns 400 for another content type and 403 for another origin",
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
  "POST / returns 200 for the origin %s",
  async (origin) => {
    const [status] = await post("POST /", PRICE, { origin });
    expect(status).toBe(200);
  },
);

test.each(["null", "https://elsewhere.example"])(
  "POST / and POST /broadcast return 403 for the origin %s",
  async (origin) => {
    const expected = [403, `foreign origin: expected ${PAGE_ORIGIN}`];
    expect(await post("POST /", PRICE, { origin })).toEqual(expected);
    expect(await post("POST /broadcast", NOTICE, { origin })).toEqual(expected);
  },
);

test.each(["POST /", "POST /broadcast"])(
  "%s returns 400 for a charset other than UTF-8 and for bytes that are not UTF-8",
  async (routeKey) => {
    const type = "application/x-www-form-urlencoded; charset=iso-8859-1";
    expect(await post(routeKey, PRICE, { "content-type": type })).toEqual([
      400,
      "must use charset utf-8, not iso-8859-1",
    ]);
    for (const body of ["message=M%E4rkte", Buffer.from("message=M\xe4rkte", "latin1")]) {
      expect(await post(routeKey, body)).toEqual([
        400,
        "not UTF-8: expected the form in UTF-8, for example ä as %C3%A4 (with curl use --data-urlencode)",
      ]);
    }
    expect(posted).toEqual([]);
  },
);

test.each([
  ["/development/x", "development", "/x"],
  ["/development/broadcast/", "development", "/broadcast/"],
  ["/development//", "development", "//"],
  ["/development/%1B%5B2J\u009b", "development", "/%1B%5B2J?"],
  ["/x", "$default", "/x"],
  ["/mapped/x", "development", "/mapped/x"],
])("a POST to %s of the stage %s returns 404 and the existing paths", async (rawPath, stage, shown) => {
  expect(await post("$default", PRICE, {}, { rawPath, stage })).toEqual([
    404,
    `no such path: ${shown} (POST / publishes prices, POST /broadcast sends a notice)`,
  ]);
});

test.each(["GET", "PUT", "DELETE", "HEAD", "PATCH", "post"])(
  "%s returns 400 must use POST on every path",
  async (method) => {
    for (const rawPath of ["/development", "/development/broadcast", "/development/x"]) {
      expect(await post("$default", PRICE, {}, { rawPath, method })).toEqual([400, "must use POST"]);
    }
  },
);

test.each([
  ["the arrival time at the gateway", PRICE, ARRIVAL_MS],
  ["the publisher's time", `${PRICE}&time=${ARRIVAL_MS - 60_000}`, ARRIVAL_MS - 60_000],
  ["a publisher's time 5 s ahead", `${PRICE}&time=${ARRIVAL_MS + 5_000}`, ARRIVAL_MS + 5_000],
  ["the publisher's time 0", `${PRICE}&time=0`, 0],
])("POST / stores prices with %s", async (_what, body, atMs) => {
  expect(await post("POST /", body)).toMatchObject([200, expect.any(String)]);
  expect(recordedAt).toEqual([atMs]);
});

test("POST / returns 400 and stores nothing for a time more than 5 s ahead", async () => {
  const time = ARRIVAL_MS + 5_001;
  expect(await post("POST /", `${PRICE}&time=${time}`)).toEqual([
    400,
    `time too far ahead: ${time} (expected milliseconds since 1970, at most 5000 after the arrival at ${ARRIVAL_MS})`,
  ]);
  expect(recordedAt).toEqual([]);
});

test("POST / returns 503 when the graph fails", async () => {
  graphFault = new GraphError("GRAPH_TIMEOUT", "The graph gave up.");
  expect(await post("POST /", PRICE)).toEqual([
    503,
    "graph unavailable: price may be stored, no watcher notified; safe to retry",
  ]);
});

test("POST / returns 503 when the queue fails", async () => {
  watching = ["a=", "b=", "c="];
  queueFault = new QueueError("full");
  expect(await post("POST /", PRICE)).toEqual([
    503,
    "queue unavailable: price stored, some watchers may be notified; safe to retry",
  ]);
});

test.each([
  ["POST /", PRICE],
  ["POST /broadcast", NOTICE],
])("%s starts no request in the last five seconds of an invocation", async (routeKey, body) => {
  vi.useFakeTimers({ toFake: ["performance"] });
  expect(await post(routeKey, body)).toMatchObject([200, expect.anything()]);
  expect(leftMs).toEqual([24_000]);
});
