/** Does not prove that the deployment writes such a file: test/infra does. */
import { expect, test } from "vitest";
import { isServerReachable, loadConfig } from "#page/config.ts";

const answering =
  (body: string, status = 200) =>
  async () =>
    new Response(body, { status });
const urls = { watchUrl: "wss://a.example/development", publishUrl: "https://b.example/development" };
const access = { watch: "token", user: "token", publish: "open" };

test("gives the two addresses, and what asks for a token", async () => {
  const config = { ...urls, access };
  expect(await loadConfig(answering(JSON.stringify(config)))).toStrictEqual(config);
});

test("returns the claim that names a token's user, where another issuer signs the tokens", async () => {
  const config = { ...urls, access, userClaim: "https://example.com/user" };
  expect(await loadConfig(answering(JSON.stringify(config)))).toStrictEqual(config);
});

test("takes a file that does not know of tokens for that of a service which asks for none", async () => {
  expect(await loadConfig(answering(JSON.stringify(urls)))).toStrictEqual({
    ...urls,
    access: { watch: "open", user: "open", publish: "open" },
  });
});

test.each([
  ["no JSON", "<html>", "<html>"],
  ["a missing address", '{"watchUrl":"wss://a.example"}', '{"watchUrl":"wss://a.example"}'],
  ["an address of the wrong kind", JSON.stringify({ ...urls, watchUrl: "https://a.example" }), undefined],
  [
    "a gate that it does not know",
    JSON.stringify({ access: { ...access, watch: "anonymous" }, ...urls }),
    undefined,
  ],
  ["a gate that is missing", JSON.stringify({ access: { watch: "open", user: "open" }, ...urls }), undefined],
])("refuses %s", async (_, body, shown = body) => {
  await expect(loadConfig(answering(body))).rejects.toThrow(
    `Expected config.json to contain watchUrl (wss://…), publishUrl (https://…) and access (watch, user and publish, each token or open), got ${shown.slice(0, 80)}. Deploy the page again.`,
  );
});

test("says that the file is missing", async () => {
  await expect(loadConfig(answering("", 403))).rejects.toThrow(
    "Cannot read config.json: HTTP 403. Reload the page; if the error persists, deploy it again.",
  );
});

test("says that the network failed", async () => {
  const failing = () => Promise.reject(new TypeError("Failed to fetch"));
  await expect(loadConfig(failing)).rejects.toThrow(
    "Cannot read config.json: Failed to fetch. Reload the page; if the error persists, deploy it again.",
  );
});

test.each([200, 404, 503])("takes a server for reachable that answers %d", async (status) => {
  const requests: unknown[] = [];
  const fetchFile: typeof fetch = async (file, { method, cache } = {}) => {
    requests.push([file, method, cache]);
    return new Response(null, { status });
  };
  expect(await isServerReachable(fetchFile)).toBe(true);
  expect(requests).toStrictEqual([["config.json", "HEAD", "no-store"]]);
});

test("takes a server for out of reach when the request fails", async () => {
  expect(await isServerReachable(() => Promise.reject(new TypeError("Failed to fetch")))).toBe(false);
});
