import { appendFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { replaceControls } from "#emulator/printable.ts";
import { type LocalStack, type LogLine, startStack } from "#emulator/stack.ts";
import { formatLogLine } from "./log-format.ts";
import { prepareEnvironment } from "./prepare-environment.ts";
import { claimRunDirectory } from "./run-directory.ts";

const HELP = `Runs the Pulumi program on this machine, on loopback.

Usage: npm start -- [options]

  --port N            serve the watch page on port N, the WebSocket API on N+1, the HTTP API on N+2 (default: free)
  --locked            require tokens, like a deployed stack (default: open access)
  --config KEY=VALUE  override a value of Pulumi.yaml or Pulumi.dev.yaml (repeatable)
  --directory DIR     write outputs, code and logs to DIR (default: .local)
  --help              print this help
`;

/** The default: all servers listen on loopback only. */
const OPEN_ACCESS = { publishAccess: "open", watchAccess: "open", userAccess: "open" };

interface Arguments {
  readonly config: Readonly<Record<string, string>>;
  /** Whether tokens are required. */
  readonly isLocked: boolean;
  readonly port: number | undefined;
  /** Absolute. */
  readonly directory: string;
}

async function main(): Promise<void> {
  prepareEnvironment();
  const options = readArguments();
  if (!options) {
    process.stdout.write(HELP);
    return;
  }
  const { config, isLocked, port, directory } = options;
  using runDirectory = claimRunDirectory(directory);
  // Before the start, so that Ctrl-C during the start also ends the stack in order.
  const stopped = stopSignal();
  progress("Starting");
  await using stack = await startStack({
    config,
    directory,
    onLog: (line) => showLog(directory, line),
    onProgress: progress,
    ...(port !== undefined && { ports: { site: port, webSocketApi: port + 1, httpApi: port + 2 } }),
  });
  const { outputs, endpoints, region, credentials } = stack;
  runDirectory.writeOutputs({ ...outputs, endpoints, region, credentials, pid: process.pid });
  process.stdout.write(formatGreeting(stack, directory, isLocked));
  await Promise.race([stopped, rejectOnServerEnd(stack)]);
  progress("Stopping");
  runDirectory.removeOutputs();
}

/** The parsed options; `undefined` for `--help`. @throws {Error} for invalid usage. */
function readArguments(): Arguments | undefined {
  const { values } = parseArgs({
    options: {
      port: { type: "string" },
      config: { type: "string", multiple: true, default: [] },
      locked: { type: "boolean", default: false },
      directory: { type: "string", default: join(import.meta.dirname, "..", ".local") },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const config = values.config.map((pair) => {
    const [key, ...value] = pair.split("=");
    if (!key || value.length === 0) throw new Error(`Expected --config KEY=VALUE, got ${pair}.`);
    return [key, value.join("=")] as const;
  });
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_533)) {
    throw new Error(`Expected --port to be a whole number from 1 to 65533, got ${values.port}.`);
  }
  const directory = resolve(values.directory);
  if (directory.includes("\\")) {
    // It contains the code of the functions, and Node.js loads no module from such a path.
    throw new Error(`Expected --directory to be a path without a backslash, got ${directory}.`);
  }
  return {
    config: { ...(!values.locked && OPEN_ACCESS), ...Object.fromEntries(config) },
    isLocked: values.locked,
    port,
    directory,
  };
}

/** @throws {Error} when Gremlin Server or ElasticMQ ends: its data is lost, so the stack cannot continue. */
async function rejectOnServerEnd({ graph, queues }: LocalStack): Promise<never> {
  throw new Error(
    await Promise.race([
      graph.exited.then((cause) => `Gremlin Server has ended: ${cause}. Its log is in the folder graph.`),
      queues.exited.then((cause) => `ElasticMQ has ended: ${cause}. Its log is in the folder queues.`),
    ]),
  );
}

/** Resolves at the first SIGINT, SIGTERM or SIGHUP; a second one ends the process at once. */
async function stopSignal(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}

function formatGreeting(
  { outputs, endpoints, region }: LocalStack,
  directory: string,
  isLocked: boolean,
): string {
  const { pageUrl, watchUrl, publishUrl } = outputs;
  const files = relative(process.cwd(), directory) || ".";
  const bearer = isLocked ? '-H "Authorization: Bearer $TOKEN" ' : "";
  const tokens = isLocked
    ? `
  tokens   TOKEN=$(npm run --silent ticker -- token feed --publish), and for the page npm run ticker -- token USER`
    : "";
  return `
  page     ${pageUrl}/?tickers=AAPL,GOOG
  publish  curl ${bearer}-d ticker=AAPL -d price=2400 -d ticker=GOOG -d price=31300 ${publishUrl}${tokens}
  socket   ${watchUrl}
  aws cli  aws sqs --endpoint-url ${endpoints.sqs}, aws lambda --endpoint-url ${endpoints.lambda}, --region ${region}
  files    ${join(files, "outputs.json")}, ${join(files, "logs")}
  stop     Ctrl-C

`;
}

function showLog(directory: string, line: LogLine): void {
  // Gremlin Server writes its own log file.
  if (line.source === "graph") return;
  appendFileSync(join(directory, "logs", `${line.source}.log`), `${line.line}\n`);
  const text = formatLogLine(line, new Date(), process.stdout.isTTY);
  if (text !== undefined) process.stdout.write(`${text}\n`);
}

function progress(line: string): void {
  process.stderr.write(`${replaceControls(line)} …\n`);
}

/** The error message, with the `npm start` option that solves the problem. */
function formatError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "EADDRINUSE" && "port" in error) {
    return `Expected port ${error.port} to be free, but it is in use. Choose another: npm start -- --port N`;
  }
  if ("code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"))
    return `${error.message}. See: npm start -- --help`;
  return error.message.replace(
    /Run: pulumi config set (\S+) (\S+)/,
    "$& (here: npm start -- --config $1=$2)",
  );
}

await main().catch((error: unknown) => {
  const lines = formatError(error).split("\n").map(replaceControls);
  process.stderr.write(`${lines.join("\n")}\n`);
  process.exitCode = 1;
});
