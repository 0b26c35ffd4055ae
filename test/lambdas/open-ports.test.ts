import { afterEach, expect, test, vi } from "vitest";
import { openConnections, openSubscriptions, readPageOrigin } from "#lambdas/open-ports.ts";
import { EnvironmentError } from "#protocol/errors.ts";

/* Opening a port does not connect, so no server runs. The ports are used in test/flows. */
afterEach(() => {
  vi.unstubAllEnvs();
});

const NAMES = ["GRAPH_URL", "AWS_REGION", "CONNECTIONS_URL", "PAGE_ORIGIN"];

/** Sets these variables and unsets the others in {@link NAMES}. */
function declare(variables: Readonly<Record<string, string>>): void {
  for (const name of NAMES) vi.stubEnv(name, variables[name]);
}

const declaredAt = " The Pulumi program declares them with the function: see infra/.";

test.each<[string, () => unknown, Readonly<Record<string, string>>]>([
  ["GRAPH_URL, AWS_REGION", openSubscriptions, {}],
  ["CONNECTIONS_URL", openConnections, { GRAPH_URL: "wss://graph:8182/gremlin", AWS_REGION: "us-east-1" }],
  ["PAGE_ORIGIN", readPageOrigin, { PAGE_ORIGIN: "" }],
])("opening a port without %s throws and lists the missing variables", (names, open, variables) => {
  declare(variables);
  expect(open).toThrow(
    new EnvironmentError(
      `Expected the environment to have ${names}, but ${names} is missing or empty.${declaredAt}`,
    ),
  );
});

test("each port opens with only its own variables", () => {
  declare({ GRAPH_URL: "wss://graph:8182/gremlin", AWS_REGION: "us-east-1" });
  expect(openSubscriptions()).toBeDefined();
  declare({ CONNECTIONS_URL: "https://api.example/development" });
  expect(openConnections()).toBeDefined();
  declare({ PAGE_ORIGIN: "https://page.example" });
  expect(readPageOrigin()).toBe("https://page.example");
});

test("opening a port with an address that is not a URL throws", () => {
  declare({ CONNECTIONS_URL: "api.example" });
  expect(openConnections).toThrow(
    new EnvironmentError("Expected what ends in _URL to be a URL, got CONNECTIONS_URL=api.example."),
  );
});
