/** Runs the command in a real shell, but with `printf` for `curl`: does not prove that the service takes it. */
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { Ticker } from "../../lambdas/quote.ts";
import { publishCommand } from "../../page/publish-command.ts";

const url = "https://b.example/development";

test.each([
  ["AAPL", `curl -d ticker=AAPL -d price=2400 ${url}`],
  ["BRK.B", `curl -d ticker=BRK.B -d price=2400 ${url}`],
  ["^GSPC", `curl -d 'ticker=^GSPC' -d price=2400 ${url}`],
  ["EURUSD=X", `curl -d 'ticker=EURUSD=X' -d price=2400 ${url}`],
])("publishes %s with a command that a shell takes as it is meant", (ticker, command) => {
  expect(publishCommand(url, ticker as Ticker)).toBe(command);
  const printed = execFileSync("sh", ["-c", command.replace("curl", "printf '%s\\n'")], { encoding: "utf8" });
  expect(printed.trimEnd().split("\n")).toStrictEqual(["-d", `ticker=${ticker}`, "-d", "price=2400", url]);
});
