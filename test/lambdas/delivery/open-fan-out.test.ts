import { afterEach, expect, test, vi } from "vitest";
import { openFanOut } from "#lambdas/delivery/open-fan-out.ts";
import { EnvironmentError } from "#protocol/errors.ts";

/* Only the environment is read; test/flows sends messages. */
afterEach(() => {
  vi.unstubAllEnvs();
});

function declare(directWatchers: string): void {
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("SQS_ENDPOINT", "https://sqs.us-east-1.api.aws");
  vi.stubEnv("NOTIFY_PAGE_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/notify-page");
  vi.stubEnv("DIRECT_WATCHERS", directWatchers);
}

test.each([
  ["0", 0],
  ["2000", 2_000],
])("DIRECT_WATCHERS=%s gives a threshold of %i", (text, directWatchers) => {
  declare(text);
  expect(openFanOut().directWatchers).toBe(directWatchers);
});

test.each(["-1", "1.5", "many", "Infinity"])(
  "DIRECT_WATCHERS=%s throws, because it is not a whole number",
  (text) => {
    declare(text);
    expect(openFanOut).toThrow(
      new EnvironmentError(`Expected DIRECT_WATCHERS to be a whole number, got ${text}.`),
    );
  },
);

test("the error names every missing variable", () => {
  declare("1");
  vi.stubEnv("SQS_ENDPOINT", undefined);
  vi.stubEnv("DIRECT_WATCHERS", "");
  expect(openFanOut).toThrow("but SQS_ENDPOINT, DIRECT_WATCHERS is missing or empty");
});
