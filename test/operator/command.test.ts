import { expect, test } from "vitest";
import {
  defineCommand,
  expectNoArgs,
  expectOneArg,
  JSON_HELP,
  JSON_OPTION,
  readNumber,
  UsageError,
} from "#operator/command.ts";
import { readPrices } from "#operator/commands/publish.ts";
import { listenForEndSignal } from "#operator/signals.ts";
import { Terminal } from "#operator/terminal.ts";

const context = { terminal: new Terminal(process), listenForEndSignal };

function command() {
  const runs: unknown[] = [];
  const { execute } = defineCommand({
    usage: "sing SONG",
    summary: "Sings",
    details: "Loudly.",
    options: { ...JSON_OPTION, basket: { type: "string", multiple: true, default: [] } },
    optionsHelp: [JSON_HELP],
    async run(invocation) {
      runs.push(invocation);
    },
  });
  return { runs, execute };
}

test("passes arguments and options to the command in any order", async () => {
  const { runs, execute } = command();
  await execute(["a", "--basket", "x", "--json", "b", "--basket=y", "--stack", "dev"], context);
  const options = { basket: ["x", "y"], json: true, stack: "dev", help: false };
  expect(runs).toEqual([{ ...context, args: ["a", "b"], options }]);
});

test("--help returns the help text and does not run the command", async () => {
  const { runs, execute } = command();
  const help = await execute(["a", "--help"], context);
  expect(help).toMatch(/^Sings\.\n\nnpm run ticker -- sing SONG\n\nLoudly\.\n\nOptions:\n {2}--json /);
  expect(runs).toEqual([]);
});

test.each([["--loud"], ["--stack"], ["--json=yes"]])("throws UsageError for %s", async (arg) => {
  await expect(command().execute([arg], context)).rejects.toThrow(UsageError);
});

test("expectOneArg and expectNoArgs throw for any other number of arguments", () => {
  expect(expectOneArg(["AAPL"], "a ticker")).toBe("AAPL");
  expect(() => expectOneArg([], "a ticker")).toThrow("Expected a ticker, got nothing.");
  expect(() => expectOneArg(["A", "B"], "a ticker")).toThrow("Expected a ticker, got A B.");
  expect(() => expectNoArgs(["A"])).toThrow("Expected no arguments, got A.");
});

test.each(["0", "11", "1.5", "-1", "1e1", "", "x"])(
  "readNumber throws for %j as a whole number from 1 to 10",
  (text) => {
    const act = () => readNumber(text, { option: "rate", min: 1, max: 10 });
    expect(act).toThrow(`Expected --rate to be a whole number from 1 to 10, got ${text}.`);
  },
);

test("readPrices keeps the last price of a ticker, and accepts a ticker that contains =", () => {
  expect(readPrices(["aapl=24.00", "EURUSD=X=1.07", "AAPL=25"])).toEqual([
    { ticker: "AAPL", priceCents: 2500 },
    { ticker: "EURUSD=X", priceCents: 107 },
  ]);
});

test.each(["AAPL", "AAPL=", "=24", "AAPL=1.234", "AA PL=1", "AAPL=x"])(
  "readPrices throws UsageError for %j",
  (arg) => {
    expect(() => readPrices([arg])).toThrow(UsageError);
  },
);

test("readPrices accepts 100 prices and throws for 101", () => {
  const args = Array.from({ length: 101 }, (_, index) => `T${index}=1`);
  expect(readPrices(args.slice(1)).length).toBe(100);
  expect(() => readPrices(args)).toThrow("Expected at most 100 prices, got 101.");
});
