/**
 * The format of generated ids, taken from logs of public projects (`TkJq1cKoIAMCJ8g=`, `JC1dgf9yoAMCK-g=`).
 * Does not prove that ids cannot be guessed.
 */
import { expect, test } from "vitest";
import {
  createConnectionId,
  createRequestId,
  createTraceId,
  isConnectionId,
} from "#emulator/apigateway/identifiers.ts";

test("a connection id is 15 characters of URL-safe base64 and =", () => {
  for (let count = 0; count < 1000; count += 1) {
    expect(createConnectionId()).toMatch(/^[A-Za-z0-9_-]{15}=$/);
  }
});

test("10,000 connection ids are unique", () => {
  const ids = Array.from({ length: 10_000 }, createConnectionId);
  expect(new Set(ids).size).toBe(10_000);
});

test.each(["TkJq1cKoIAMCJ8g=", "HXT_RfBnPHcCIIg=", "JC1dgf9yoAMCK-g="])("connection id %s is valid", (id) => {
  expect(isConnectionId(id)).toBe(true);
});

test.each(["", "abc", "TkJq1cKoIAMCJ8g", "TkJq1cKoIAMCJ8g==", "TkJq1cKoIAMCJ8g%3D", "../../../../etc/="])(
  "connection id %o is malformed",
  (id) => {
    expect(isConnectionId(id)).toBe(false);
  },
);

test("a request id has the format of a connection id", () => {
  expect(isConnectionId(createRequestId())).toBe(true);
});

test("a trace id starts with the time in seconds", () => {
  expect(createTraceId(Date.UTC(2026, 10, 21, 1, 2, 3))).toMatch(/^Root=1-6b00ed8b-[0-9a-f]{24}$/);
});
