import { expect, test } from "vitest";
import {
  defineCommand,
  JSON_HELP,
  JSON_OPTION,
  noWords,
  onlyWord,
  readNumber,
  UsageError,
} from "#operator/command.ts";
import { readPrices } from "#operator/commands/publish.ts";

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

test("words and options reach the command, whatever their order", async () => {
  const { runs, execute } = command();
  await execute(["a", "--basket", "x", "--json", "b", "--basket=y", "--stack", "dev"]);
  const options = { basket: ["x", "y"], json: true, stack: "dev", help: false };
  expect(runs).toEqual([{ words: ["a", "b"], options }]);
});

test("--help says all and does nothing", async () => {
  const { runs, execute } = command();
  const help = await execute(["a", "--help"]);
  expect(help).toMatch(/^Sings\.\n\nnpm run ticker -- sing SONG\n\nLoudly\.\n\nOptions:\n {2}--json /);
  expect(runs).toEqual([]);
});

test.each([["--loud"], ["--stack"], ["--json=yes"]])("%s is wrong usage", async (word) => {
  await expect(command().execute([word])).rejects.toThrow(UsageError);
});

test("one word is one word", () => {
  expect(onlyWord(["AAPL"], "a ticker")).toBe("AAPL");
  expect(() => onlyWord([], "a ticker")).toThrow("Expected a ticker, got nothing.");
  expect(() => onlyWord(["A", "B"], "a ticker")).toThrow("Expected a ticker, got A B.");
  expect(() => noWords(["A"])).toThrow("Expected no words after the command, got A.");
});

test.each(["0", "11", "1.5", "-1", "1e1", "", "x"])("%j is no whole number from 1 to 10", (text) => {
  const act = () => readNumber(text, { option: "rate", min: 1, max: 10 });
  expect(act).toThrow(`Expected --rate to be a whole number from 1 to 10, got ${text}.`);
});

test("the last price of a ticker counts, and a ticker may have = of its own", () => {
  expect(readPrices(["aapl=24.00", "EURUSD=X=1.07", "AAPL=25"])).toEqual([
    { ticker: "AAPL", priceCents: 2500 },
    { ticker: "EURUSD=X", priceCents: 107 },
  ]);
});

test.each(["AAPL", "AAPL=", "=24", "AAPL=1.234", "AA PL=1", "AAPL=x"])("%j is no price", (word) => {
  expect(() => readPrices([word])).toThrow(UsageError);
});

test("100 prices are taken, 101 are not", () => {
  const words = Array.from({ length: 101 }, (_, index) => `T${index}=1`);
  expect(readPrices(words.slice(1)).length).toBe(100);
  expect(() => readPrices(words)).toThrow("Expected at most 100 prices, got 101.");
});
