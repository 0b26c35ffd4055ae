/** Does not prove that the deployment writes such a file: test/infra does. */
import { expect, test } from "vitest";
import { loadConfig } from "../../page/config.ts";

const answering =
  (body: string, status = 200) =>
  async () =>
    new Response(body, { status });
const urls = { watchUrl: "wss://a.example/development", publishUrl: "https://b.example/development" };

test("gives the two addresses", async () => {
  expect(await loadConfig(answering(JSON.stringify(urls)))).toStrictEqual(urls);
});

test.each([
  ["no JSON", "<html>", "<html>"],
  ["a missing address", '{"watchUrl":"wss://a.example"}', '{"watchUrl":"wss://a.example"}'],
  ["an address of the wrong kind", JSON.stringify({ ...urls, watchUrl: "https://a.example" }), undefined],
])("refuses %s", async (_, body, shown = body) => {
  await expect(loadConfig(answering(body))).rejects.toThrow(
    `Expected config.json to hold a watchUrl (wss://…) and a publishUrl (https://…), got ${shown.slice(0, 80)}. Deploy the page again.`,
  );
});

test("says that the file is missing", async () => {
  await expect(loadConfig(answering("", 403))).rejects.toThrow(
    "Cannot read config.json, which says where prices come from: HTTP 403. Reload the page; if that does not help, deploy it again.",
  );
});

test("says that the network failed", async () => {
  const failing = () => Promise.reject(new TypeError("Failed to fetch"));
  await expect(loadConfig(failing)).rejects.toThrow(
    "Cannot read config.json, which says where prices come from: Failed to fetch. Reload the page; if that does not help, deploy it again.",
  );
});
