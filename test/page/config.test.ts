/** Reading of `config.json`. Does not prove that the deployment writes it: test/infra does. */
import { expect, test } from "vitest";
import { isServerReachable, loadConfig } from "#page/config.ts";

const answering =
  (body: string, status = 200) =>
  async () =>
    new Response(body, { status });
const urls = { watchUrl: "wss://a.example/development", publishUrl: "https://b.example/development" };
const access = { watch: "token", user: "token", publish: "open" };

test("returns the URLs and the access modes", async () => {
  const config = { ...urls, access };
  expect(await loadConfig(answering(JSON.stringify(config)))).toStrictEqual(config);
});

test("returns the user claim of an external issuer", async () => {
  const config = { ...urls, access, userClaim: "https://example.com/user" };
  expect(await loadConfig(answering(JSON.stringify(config)))).toStrictEqual(config);
});

test("returns open access for a file without access modes", async () => {
  expect(await loadConfig(answering(JSON.stringify(urls)))).toStrictEqual({
    ...urls,
    access: { watch: "open", user: "open", publish: "open" },
  });
});

test.each([
  ["a file that is not JSON", "<html>", "<html>"],
  ["a missing URL", '{"watchUrl":"wss://a.example"}', '{"watchUrl":"wss://a.example"}'],
  ["a URL with the wrong scheme", JSON.stringify({ ...urls, watchUrl: "https://a.example" }), undefined],
  [
    "an unknown access mode",
    JSON.stringify({ access: { ...access, watch: "anonymous" }, ...urls }),
    undefined,
  ],
  ["a missing access mode", JSON.stringify({ access: { watch: "open", user: "open" }, ...urls }), undefined],
])("rejects %s", async (_, body, shown = body) => {
  await expect(loadConfig(answering(body))).rejects.toThrow(
    `Expected config.json to contain watchUrl (wss://…), publishUrl (https://…) and access (watch, user and publish, each token or open), got ${shown.slice(0, 80)}. Deploy the page again.`,
  );
});

test("throws an error with the status when the file is missing", async () => {
  await expect(loadConfig(answering("", 403))).rejects.toThrow(
    "Cannot read config.json: HTTP 403. Reload the page; if the error persists, deploy it again.",
  );
});

test("throws an error with the reason when the network fails", async () => {
  const failing = () => Promise.reject(new TypeError("Failed to fetch"));
  await expect(loadConfig(failing)).rejects.toThrow(
    "Cannot read config.json: Failed to fetch. Reload the page; if the error persists, deploy it again.",
  );
});

test.each([200, 404, 503])("a server that responds with %d is reachable", async (status) => {
  const requests: unknown[] = [];
  const fetchFile: typeof fetch = async (file, { method, cache } = {}) => {
    requests.push([file, method, cache]);
    return new Response(null, { status });
  };
  expect(await isServerReachable(fetchFile)).toBe(true);
  expect(requests).toStrictEqual([["config.json", "HEAD", "no-store"]]);
});

test("a server is unreachable when the request fails", async () => {
  expect(await isServerReachable(() => Promise.reject(new TypeError("Failed to fetch")))).toBe(false);
});
