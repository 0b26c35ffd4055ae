import { afterEach, expect, test, vi } from "vitest";
import { logger } from "#lambdas/log.ts";
import { acceptsOrigin } from "#lambdas/origin.ts";

/* The accepted Origin headers. The responses of the handlers are tested in their own suites. */
const pageOrigin = "https://d111111abcdef8.cloudfront.net";
const AWS_HOST = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com";
const LOCAL_HOST = "127.0.0.1:4000";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Whether the origin is accepted, and the logged warnings. */
function check(origin: string | undefined, ownHost: string | undefined) {
  const warn = vi.spyOn(logger, "warn").mockImplementation(() => {});
  const isAccepted = acceptsOrigin(origin, { pageOrigin, ownHost });
  return { isAccepted, log: warn.mock.calls };
}

test.each([
  [undefined, AWS_HOST],
  [undefined, undefined],
  [pageOrigin, AWS_HOST],
  [pageOrigin, undefined],
  [`${pageOrigin.toUpperCase()}:443`, AWS_HOST],
  [`https://${AWS_HOST}`, AWS_HOST],
  [`http://${AWS_HOST}`, AWS_HOST],
  [`wss://${AWS_HOST}`, AWS_HOST],
  [`ws://${AWS_HOST}`, AWS_HOST],
  [`HTTPS://${AWS_HOST.toUpperCase()}`, AWS_HOST],
  [`https://${AWS_HOST}:443`, AWS_HOST],
  [`wss://${AWS_HOST}:443`, AWS_HOST],
  [`http://${AWS_HOST}:80`, AWS_HOST],
  [`https://${AWS_HOST}/`, AWS_HOST],
  [`https://${AWS_HOST}`, `${AWS_HOST}:443`],
  [`http://${LOCAL_HOST}`, LOCAL_HOST],
  [`https://${LOCAL_HOST}`, LOCAL_HOST],
  [`ws://${LOCAL_HOST}`, LOCAL_HOST],
  ["http://LOCALHOST:4000", "localhost:4000"],
  ["http://[::1]:4000", "[::1]:4000"],
])("acceptsOrigin accepts the origin %s of a request to %s without a log entry", (origin, ownHost) => {
  expect(check(origin, ownHost)).toEqual({ isAccepted: true, log: [] });
});

test.each([
  "null",
  "",
  "https://elsewhere.example",
  `https://${AWS_HOST}.elsewhere.example`,
  `https://elsewhere.${AWS_HOST}`,
  `https://${AWS_HOST}:8443`,
  `https://${AWS_HOST}.`,
  `https://elsewhere.example/${AWS_HOST}`,
  `https://elsewhere.example#${AWS_HOST}`,
  `https://elsewhere.example?${AWS_HOST}`,
  `https://${AWS_HOST}@elsewhere.example`,
  `https://user@${AWS_HOST}`,
  `https://elsewhere.example\\@${AWS_HOST}`,
  `https://${AWS_HOST}, https://elsewhere.example`,
  `https://elsewhere.example,https://${AWS_HOST}`,
  `//${AWS_HOST}`,
  AWS_HOST,
  `file://${AWS_HOST}`,
  `ftp://${AWS_HOST}`,
  `chrome-extension://${AWS_HOST}`,
  pageOrigin.replace("https", "http"),
  pageOrigin.replace("https", "wss"),
  `${pageOrigin}:8443`,
])("acceptsOrigin rejects the origin %j and logs it with the accepted ones", (origin) => {
  expect(check(origin, AWS_HOST)).toEqual({
    isAccepted: false,
    log: [["Refused a foreign Origin", { origin, expected: [pageOrigin, `https://${AWS_HOST}`] }]],
  });
});

test.each([undefined, "", "a b", "evil/", "x@y"])(
  "acceptsOrigin rejects a foreign origin when the own host is %j",
  (ownHost) => {
    expect(check("https://elsewhere.example", ownHost).isAccepted).toBe(false);
  },
);

test("acceptsOrigin logs at most 200 characters of an origin, without control and bidirectional characters", () => {
  const origin = `https://\u001b[31mevil\u0085\u009b\u202e\u2028${"x".repeat(300)}`;
  const logged = `https://?[31mevil????${"x".repeat(179)}`;
  expect(check(origin, AWS_HOST).log).toMatchObject([["Refused a foreign Origin", { origin: logged }]]);
});
