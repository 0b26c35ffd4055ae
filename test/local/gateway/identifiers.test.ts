/**
 * Ids in AWS's form. Does not prove that they cannot be guessed, only that they are random bytes in the form asked for.
 * The form is that of ids which public projects have logged, `TkJq1cKoIAMCJ8g=`, `JC1dgf9yoAMCK-g=`.
 */
import { expect, test } from "vitest";
import {
  createConnectionId,
  createRequestId,
  createTraceId,
  isConnectionId,
} from "../../../local/gateway/identifiers.ts";

test("a connection id is 16 characters of URL-safe base64 that end in =", () => {
  for (let count = 0; count < 1000; count += 1) {
    expect(createConnectionId()).toMatch(/^[A-Za-z0-9_-]{15}=$/);
  }
});

test("no two ids are the same", () => {
  const ids = Array.from({ length: 10_000 }, createConnectionId);
  expect(new Set(ids).size).toBe(10_000);
});

test.each(["TkJq1cKoIAMCJ8g=", "HXT_RfBnPHcCIIg=", "JC1dgf9yoAMCK-g="])("%s is well-formed", (id) => {
  expect(isConnectionId(id)).toBe(true);
});

test.each(["", "abc", "TkJq1cKoIAMCJ8g", "TkJq1cKoIAMCJ8g==", "TkJq1cKoIAMCJ8g%3D", "../../../../etc/="])(
  "%o is malformed",
  (id) => {
    expect(isConnectionId(id)).toBe(false);
  },
);

test("a request id has the form of a connection id", () => {
  expect(isConnectionId(createRequestId())).toBe(true);
});

test("a trace id begins with the time", () => {
  expect(createTraceId(Date.UTC(2026, 10, 21, 1, 2, 3))).toMatch(/^Root=1-6b00ed8b-[0-9a-f]{24}$/);
});
