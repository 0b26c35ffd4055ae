import { appendFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { replaceControls } from "#emulator/printable.ts";
import { type LocalStack, type LogLine, startStack } from "#emulator/stack.ts";
import { formatLogLine } from "./log-format.ts";
import { prepareEnvironment } from "./prepare-environment.ts";
import { claimRunDirectory } from "./run-directory.ts";

const HELP = `Runs the Pulumi program on this machine, on loopback.

npm start -- [options]
  --port N            the page on port N, the WebSocket API on N+1, the HTTP API on N+2; without it, on free ports
  --locked            ask for tokens, as a deployed stack does; without it everybody may watch, publish and be any user
  --config KEY=VALUE  configuration over that of Pulumi.yaml and Pulumi.dev.yaml; repeat it for several
  --directory DIR     where outputs, code and logs go; default .local
  --help              this text
`;

/** On loopback nobody else comes in. */
const OPEN = { publishAccess: "open", watchAccess: "open", userAccess: "open" };

interface Arguments {
  readonly config: Readonly<Record<string, string>>;
  /** Whether tokens are asked for. */
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
  // From the start, so that Ctrl-C while the stack is starting ends it in order too.
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
  process.stdout.write(describe(stack, directory, isLocked));
  await Promise.race([stopped, serverEnded(stack)]);
  progress("Stopping");
  runDirectory.removeOutputs();
}

/** `undefined` when help is asked for. @throws {Error} for what makes no sense. */
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
    // It holds the code of the functions, and Node.js loads no module from such a path.
    throw new Error(`Expected --directory to be a path without a backslash, got ${directory}.`);
  }
  return {
    config: { ...(!values.locked && OPEN), ...Object.fromEntries(config) },
    isLocked: values.locked,
    port,
    directory,
  };
}

/** @throws {Error} when the graph or the queues have ended by themselves: what they held is gone, and little works without it. */
async function serverEnded({ graph, queues }: LocalStack): Promise<never> {
  throw new Error(
    await Promise.race([
      graph.exited.then((how) => `The graph has ended: ${how}. Its log is in the folder graph.`),
      queues.exited.then((how) => `The queues have ended: ${how}. Their log is in the folder queues.`),
    ]),
  );
}

/** Resolves with the first Ctrl-C or `kill`; a second one ends the process at once. */
async function stopSignal(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}

function describe({ outputs, endpoints, region }: LocalStack, directory: string, isLocked: boolean): string {
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
  // The graph's log has a file of its own, in graph/.
  if (line.source === "graph") return;
  appendFileSync(join(directory, "logs", `${line.source}.log`), `${line.line}\n`);
  const text = formatLogLine(line, new Date(), process.stdout.isTTY);
  if (text !== undefined) process.stdout.write(`${text}\n`);
}

function progress(line: string): void {
  process.stderr.write(`${replaceControls(line)} …\n`);
}

/** What is the matter and what to do, in a line where that is possible. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "EADDRINUSE" && "port" in error) {
    return `Port ${error.port} is taken. Stop what listens there, or choose another: npm start -- --port N`;
  }
  if ("code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"))
    return `${error.message}. See: npm start -- --help`;
  return error.message.replace(
    /Run: pulumi config set (\S+) (\S+)/,
    "$& (here: npm start -- --config $1=$2)",
  );
}

await main().catch((error: unknown) => {
  const lines = explain(error).split("\n").map(replaceControls);
  process.stderr.write(`${lines.join("\n")}\n`);
  process.exitCode = 1;
});
