/** Texts of the connection states. Does not prove when each state occurs: watch-socket.test.ts does. */
import { expect, test } from "vitest";
import { statusText } from "#client/status-text.ts";

test.each([
  [{ state: "signed-out" }, "Not connected"],
  [{ state: "connecting" }, "Connecting…"],
  [{ state: "live" }, "Live"],
  [{ state: "unanswered" }, "No answer from the service. Retrying…"],
  [{ state: "silent" }, "No answer. Prices may be out of date."],
  [{ state: "waiting", delayMs: 0, wasOpen: true }, "Connection lost. Reconnecting in 1 s."],
  [{ state: "waiting", delayMs: 7001, wasOpen: false }, "Refused or unreachable. Retry in 8 s."],
  [{ state: "waiting", delayMs: 7001, wasOpen: false, isOffline: true }, "Offline. Reconnecting in 8 s."],
] as const)("shows %j as %j", (status, text) => {
  expect(statusText(status)).toBe(text);
});

test.each([
  [{ state: "waiting", delayMs: 7001, wasOpen: false }, "Reconnecting in 8 s."],
  [{ state: "waiting", delayMs: 7001, wasOpen: true }, "Connection lost. Reconnecting in 8 s."],
  [{ state: "connecting" }, "Connecting…"],
] as const)("shows %j as %j next to an explanation", (status, text) => {
  expect(statusText(status, true)).toBe(text);
});
