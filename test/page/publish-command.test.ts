/** Runs the command in a real shell, but with `printf` for `curl`: does not prove that the service takes it. */
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { Ticker } from "../../lambdas/quote.ts";
import { publishCommand } from "../../page/publish-command.ts";

const url = "https://b.example/development";

/** The arguments that the shell gives the command. */
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
])("publishes %s with a command that a shell takes as it is meant", (ticker, command) => {
  expect(publishCommand(url, "open", ticker as Ticker)).toBe(command);
  expect(runInShell(command)).toStrictEqual(["-d", `ticker=${ticker}`, "-d", "price=2400", url]);
});

test("has the shell put a token from its variable into the header", () => {
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
