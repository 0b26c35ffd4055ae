/** Runs the commands in a real shell. Does not prove that the service accepts the post: test/flows does. */
import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { publishCommand } from "#page/publish-command.ts";
import type { Ticker } from "#protocol/quote.ts";
import { TICKERS } from "#support/identities.ts";

const url = "https://b.example/development";

/** The arguments that a shell passes to the command. */
function runInShell(command: string, env: NodeJS.ProcessEnv = {}): string[] {
  const script = command.replace("curl", "printf '%s\\n'");
  const printed = execFileSync("sh", ["-c", script], { encoding: "utf8", env: { ...process.env, ...env } });
  return printed.trimEnd().split("\n");
}

test.each([
  ["AAPL", `curl -d ticker=AAPL -d price=2400 ${url}`],
  ["BRK.B", `curl -d ticker=BRK.B -d price=2400 ${url}`],
  ["^GSPC", `curl -d 'ticker=^GSPC' -d price=2400 ${url}`],
  ["EURUSD=X", `curl -d 'ticker=EURUSD=X' -d price=2400 ${url}`],
  ["NASDAQ:AAPL", `curl -d ticker=NASDAQ:AAPL -d price=2400 ${url}`],
  ["BTC/USDT", `curl -d ticker=BTC/USDT -d price=2400 ${url}`],
])("quotes the command for %s for a shell", (ticker, command) => {
  expect(publishCommand(url, "open", ticker as Ticker)).toBe(command);
  expect(runInShell(command)).toStrictEqual(["-d", `ticker=${ticker}`, "-d", "price=2400", url]);
});

test("URL-encodes a ticker with an ampersand", () => {
  const command = publishCommand(url, "open", "M&M.NS" as Ticker);
  expect(command).toBe(`curl --data-urlencode 'ticker=M&M.NS' -d price=2400 ${url}`);
  expect(runInShell(command)).toStrictEqual(["--data-urlencode", "ticker=M&M.NS", "-d", "price=2400", url]);
});

test.each(TICKERS)("posts exactly the ticker %s with the real curl", async (ticker) => {
  const body = Promise.withResolvers<string>();
  await using server = createServer((request, response) => {
    void text(request).then((sent) => {
      response.end();
      body.resolve(sent);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const command = publishCommand(`http://127.0.0.1:${port}/development`, "open", ticker);
  await promisify(execFile)("sh", ["-c", command.replace("curl", "curl --silent --noproxy '*'")]);
  expect([...new URLSearchParams(await body.promise)]).toStrictEqual([
    ["ticker", ticker],
    ["price", "2400"],
  ]);
});

test("the shell expands the variable TOKEN in the header", () => {
  const command = publishCommand(url, "token", "AAPL" as Ticker);
  expect(command).toBe(`curl -H "Authorization: Bearer $TOKEN" -d ticker=AAPL -d price=2400 ${url}`);
  expect(runInShell(command, { TOKEN: "a.b.c" })).toStrictEqual([
    "-H",
    "Authorization: Bearer a.b.c",
    "-d",
    "ticker=AAPL",
    "-d",
    "price=2400",
    url,
  ]);
});
