import { afterEach, expect, test, vi } from "vitest";
import { openConnections, openSubscriptions, readPageOrigin } from "#lambdas/open-ports.ts";
import { EnvironmentError } from "#protocol/errors.ts";

/* Opening connects to nothing, so nothing is served here. test/flows uses what is opened. */
afterEach(() => {
  vi.unstubAllEnvs();
});

const NAMES = ["GRAPH_URL", "AWS_REGION", "CONNECTIONS_URL", "PAGE_ORIGIN"];

/** An environment with these variables, and without those that a port could need. */
function declare(variables: Readonly<Record<string, string>>): void {
  for (const name of NAMES) vi.stubEnv(name, variables[name]);
}

const declaredAt = " The Pulumi program declares them with the function: see infra/.";

test.each<[string, () => unknown, Readonly<Record<string, string>>]>([
  ["GRAPH_URL, AWS_REGION", openSubscriptions, {}],
  ["CONNECTIONS_URL", openConnections, { GRAPH_URL: "wss://graph:8182/gremlin", AWS_REGION: "us-east-1" }],
  ["PAGE_ORIGIN", readPageOrigin, { PAGE_ORIGIN: "" }],
])("without %s it does not open, and says so", (names, open, variables) => {
  declare(variables);
  expect(open).toThrow(
    new EnvironmentError(
      `Expected the environment to have ${names}, but ${names} is missing or empty.${declaredAt}`,
    ),
  );
});

test("each opens with its own variables alone", () => {
  declare({ GRAPH_URL: "wss://graph:8182/gremlin", AWS_REGION: "us-east-1" });
  expect(openSubscriptions()).toBeDefined();
  declare({ CONNECTIONS_URL: "https://api.example/development" });
  expect(openConnections()).toBeDefined();
  declare({ PAGE_ORIGIN: "https://page.example" });
  expect(readPageOrigin()).toBe("https://page.example");
});

test("an address that is no URL does not open", () => {
  declare({ CONNECTIONS_URL: "api.example" });
  expect(openConnections).toThrow(
    new EnvironmentError("Expected what ends in _URL to be a URL, got CONNECTIONS_URL=api.example."),
  );
});
