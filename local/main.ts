import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { formatLogLine } from "./log-format.ts";
import { type LocalStack, type LogLine, startStack } from "./stack.ts";

const HELP = `Runs the Pulumi program on this machine, on loopback.

npm start -- [options]
  --port N            the page on port N, the WebSocket API on N+1, the HTTP API on N+2; without it, on free ports
  --config KEY=VALUE  configuration over that of Pulumi.yaml and Pulumi.dev.yaml; repeated for several
  --help              this text
`;

const PROJECT = join(import.meta.dirname, "..");
const LOCAL = join(PROJECT, ".local");

async function main(): Promise<void> {
  const options = readArguments();
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  rmSync(LOCAL, { recursive: true, force: true });
  mkdirSync(join(LOCAL, "logs"), { recursive: true });
  const stopped = stopSignal();
  const stack = await startStack({
    config: options.config,
    directory: LOCAL,
    onLog,
    onProgress,
    ...portsFrom(options.port),
  });
  try {
    writeFileSync(
      join(LOCAL, "outputs.json"),
      `${JSON.stringify({ ...stack.outputs, pid: process.pid }, null, 2)}\n`,
    );
    process.stdout.write(describe(stack));
    await stopped;
    onProgress("stopping");
  } finally {
    await stack[Symbol.asyncDispose]();
    rmSync(join(LOCAL, "outputs.json"), { force: true });
  }
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      port: { type: "string" },
      config: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", default: false },
    },
  });
  const config = values.config.map((pair) => {
    const [key, ...value] = pair.split("=");
    if (!key || value.length === 0) throw new Error(`Expected --config KEY=VALUE, got ${pair}.`);
    return [key, value.join("=")] as const;
  });
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_533)) {
    throw new Error(`Expected --port to be a number from 1 to 65533, got ${values.port}.`);
  }
  return { config: Object.fromEntries(config), port, help: values.help };
}

function portsFrom(port: number | undefined) {
  return port === undefined ? {} : { ports: { page: port, watch: port + 1, publish: port + 2 } };
}

/** Resolves with the first of Ctrl-C and `kill`; a second one ends the process at once. */
async function stopSignal(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
    process.once("SIGHUP", () => resolve());
  });
}

function describe({ outputs }: LocalStack): string {
  const { pageUrl, watchUrl, publishUrl } = outputs;
  return `
  watch    ${pageUrl}/?tickers=AAPL,GOOG
  publish  curl -d ticker=AAPL -d price=2400 -d ticker=GOOG -d price=31300 ${publishUrl}
  socket   ${watchUrl}
  outputs  .local/outputs.json   logs  .local/logs/   stop  Ctrl-C

`;
}

function onLog(line: LogLine): void {
  appendFileSync(join(LOCAL, "logs", `${line.source}.log`), `${line.line}\n`);
  const text = formatLogLine(line, new Date(), process.stdout.isTTY);
  if (text !== undefined) process.stdout.write(`${text}\n`);
}

function onProgress(line: string): void {
  process.stderr.write(`${line} …\n`);
}

/** What is the matter and what to do, in a line where that is possible. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "EADDRINUSE" && "port" in error) {
    return `Port ${error.port} is taken. Stop what listens there, or choose another: npm start -- --port N`;
  }
  return error.message;
}

await main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
});
