import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveHttpApi } from "./apigateway/http-api.ts";
import type { Invoke } from "./apigateway/model.ts";
import { serveWebSocketApi } from "./apigateway/web-socket-api.ts";
import { type Clock, systemClock } from "./clock.ts";
import { serveSite } from "./cloudfront/site-server.ts";
import { type Access, createAccess } from "./iam/access.ts";
import { checkFunctions } from "./iam/check-functions.ts";
import { findLoggers } from "./iam/check-logs.ts";
import { findScheduleProblem } from "./iam/check-schedule.ts";
import type { KeyPair } from "./iam/principals.ts";
import { deployFunctions } from "./lambda/deploy-functions.ts";
import type { FunctionPool } from "./lambda/function-pool.ts";
import { serveLambda } from "./lambda/lambda-endpoint.ts";
import { invokeForApi, invokeFunction } from "./lambda/lambda-service.ts";
import type { GremlinServer } from "./neptune/gremlin-server.ts";
import { serveGraph } from "./neptune/serve-graph.ts";
import { readConfiguration } from "./program/configuration.ts";
import type { DeclaredProgram } from "./program/declared.ts";
import { evaluateProgram } from "./program/evaluate.ts";
import { type Origins, replaceOrigins, replaceOriginsIn } from "./program/origins.ts";
import { readApis } from "./program/read-apis.ts";
import { readFunctions } from "./program/read-functions.ts";
import { readSchedules } from "./program/read-schedules.ts";
import { type DeclaredSite, readSites } from "./program/read-sites.ts";
import { checkResourceTypes } from "./program/resource-types.ts";
import { runSchedules } from "./scheduler/run-schedules.ts";
import { type Servers, startServers } from "./servers.ts";
import { queueOrigins, serveQueues } from "./sqs/serve-queues.ts";

/** A line that a part of the stack wrote. */
export interface LogLine {
  /** A function's logical name, `graph`, `queues`, `schedules`, `gateway` or `permissions`. */
  readonly source: string;
  readonly line: string;
}

export interface StackOptions {
  /** The Pulumi project. Default: this one. */
  readonly projectDirectory?: string;
  /** The stack whose configuration file is read. Default `dev`. */
  readonly stackName?: string;
  /** Configuration over that of Pulumi.yaml and the stack's file, by key. */
  readonly config?: Readonly<Record<string, string>>;
  /** Ports of the page, the WebSocket API and the HTTP API. Default: free ones. */
  readonly ports?: { readonly page: number; readonly watch: number; readonly publish: number };
  /** Where code, configuration files and logs go. Default: a temporary folder, removed at the end. */
  readonly directory?: string;
  /** What the program declares, evaluated before and perhaps changed by a test. Default: it is evaluated. */
  readonly program?: DeclaredProgram;
  /** What stands for Neptune and SQS, already running and left so. Default: they are started, and end with the stack. */
  readonly servers?: Servers;
  /** Variables over those that functions declare, for tests: a function that does not declare one does not get it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The time that connections age by, and schedules run by. Default: the system's. */
  readonly clock?: Clock;
  readonly onLog?: (line: LogLine) => void;
  /** What is being done, for who waits: one line each. */
  readonly onProgress?: (line: string) => void;
}

/** The Pulumi program, running on this machine. Disposing of it ends every process and socket of it. */
export interface LocalStack extends AsyncDisposable {
  /** The stack's outputs, with addresses on loopback. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** All lines so far. */
  readonly logs: readonly LogLine[];
  /** Where AWS SDKs and the CLI find what stands for these services here: their `endpoint`. */
  readonly endpoints: { readonly lambda: string; readonly sqs: string };
  /** The AWS region of the stack's configuration. */
  readonly region: string;
  /** Of the account's administrator, who may do everything. Functions have credentials of their own, by their roles. */
  readonly credentials: KeyPair;
  /** Tells which of the declared statements have let somebody in. */
  readonly access: Access;
  /**
   * The ids of the processes that a function has now, to kill one in the middle of its work.
   * @param functionName the logical name, `notify`.
   * @throws {Error} when there is no such function.
   */
  processes(functionName: string): readonly number[];
  /** The Gremlin Server in Neptune's place: to look into the graph with, or to take away. */
  readonly graph: GremlinServer;
  /** The ElasticMQ in the place of SQS. */
  readonly queues: { readonly exited: Promise<string> };
}

/**
 * Evaluates the Pulumi program and serves on loopback what it declares: nothing here knows which routes, functions or
 * variables there are.
 * @throws {Error} when the program fails, declares what cannot be served, or a port is taken; when `environment` has a variable
 * that no function declares.
 */
export async function startStack(options: StackOptions = {}): Promise<LocalStack> {
  const {
    projectDirectory = join(import.meta.dirname, ".."),
    stackName = "dev",
    clock = systemClock,
  } = options;
  const { onProgress = () => {} } = options;
  await using started = new AsyncDisposableStack();
  const directory = options.directory ?? (await temporaryDirectory(started));

  const logs: LogLine[] = [];
  const log = (source: string) => (line: string) => {
    logs.push({ source, line });
    options.onLog?.({ source, line });
  };

  const configuration = await readConfiguration(projectDirectory, stackName, options.config ?? {});
  const { region } = configuration;
  const starting = options.servers ?? startServers({ directory, region, onLog: log("graph"), onProgress });
  // They take longest. What fails meanwhile has to end them, and their own failure has to wait for its turn.
  const orNone = Promise.resolve(starting).catch(() => undefined);
  if (!options.servers) started.defer(async () => await (await orNone)?.[Symbol.asyncDispose]());
  const program = options.program ?? (await evaluateProgram(projectDirectory, configuration));
  checkResourceTypes(program);
  const functions = readFunctions(program);
  const schedules = readSchedules(program, functions);
  const access = createAccess(program, functions, { region, report: log("permissions") });
  await checkFunctions(functions, access);
  const loggers = await findLoggers(functions, access, region);

  // The servers come first, because functions and page are told where they are; until then nobody calls them.
  let runners: ReadonlyMap<string, FunctionPool> = new Map();
  const invoke: Invoke = (invocation) => invokeForApi(functions, runners, invocation);
  const invokeByArn = (functionArn: string, event: unknown) =>
    invokeFunction(functions, runners, functionArn, event);
  const servers = await starting;
  const queues = started.use(
    await serveQueues(program, {
      region,
      server: servers.queues,
      invoke: invokeByArn,
      functions,
      access,
      report: log("queues"),
    }),
  );
  const graph = started.use(await serveGraph(program, { region, servers, access, report: log("graph") }));
  const lambdaDoor = access.door("lambda");
  const lambda = started.use(await serveLambda({ functions, invoke: invokeByArn, door: lambdaDoor }));
  const origins = new Map<string, string>([...graph.origins, ...queueOrigins(region, queues.url)]);
  const sites: (() => void)[] = [];
  for (const site of readSites(program)) {
    const server = started.use(await serveSite(options.ports?.page));
    origins.set(site.origin, `http://127.0.0.1:${server.port}`);
    sites.push(() => server.show(localSite(site, origins)));
  }
  for (const declared of readApis(program, region)) {
    // An API may name the page's origin, as the one whose requests it answers.
    const api = replaceOriginsIn(declared, origins) as typeof declared;
    const serving = { invoke, clock, report: log("gateway") };
    if (api.protocol === "WEBSOCKET") {
      const { port } = started.use(
        await serveWebSocketApi(api, {
          ...serving,
          door: access.door("execute-api"),
          port: options.ports?.watch ?? 0,
        }),
      );
      origins.set(`wss://${api.domainName}`, `ws://127.0.0.1:${port}`);
      origins.set(`https://${api.domainName}`, `http://127.0.0.1:${port}`);
    } else {
      const { port } = started.use(
        await serveHttpApi(api, { ...serving, port: options.ports?.publish ?? 0 }),
      );
      origins.set(`https://${api.domainName}`, `http://127.0.0.1:${port}`);
    }
  }

  const codeDirectory = join(directory, "code");
  const mayLog = new Set(
    functions.flatMap(({ arn, logicalName }) => (loggers.has(arn) ? [logicalName] : [])),
  );
  const onLog = (name: string, line: string) => mayLog.has(name) && log(name)(line);
  runners = await deployFunctions(functions, {
    region,
    projectDirectory,
    directory: codeDirectory,
    origins,
    environment: options.environment ?? {},
    trustedCertificates: servers.certificate.caPath,
    credentialsOf: access.credentialsOf,
    onLog,
  });
  for (const pool of runners.values()) started.use(pool);
  started.use(queues.poll());
  started.use(
    runSchedules(schedules, {
      clock,
      async invoke(schedule, event) {
        const problem = await findScheduleProblem(schedule, access, lambdaDoor);
        if (problem !== undefined) return { outcome: "forbidden", message: problem };
        return await invokeByArn(schedule.functionArn, event);
      },
      report: log("schedules"),
    }),
  );
  for (const show of sites) show();

  const resources = started.move();
  return {
    outputs: replaceOriginsIn(program.outputs, origins) as Readonly<Record<string, unknown>>,
    logs,
    endpoints: { lambda: lambda.url, sqs: queues.url },
    processes(functionName) {
      const fn = functions.find(({ logicalName }) => logicalName === functionName);
      const pool = fn && runners.get(fn.arn);
      if (pool) return pool.pids;
      const names = functions.map(({ logicalName }) => logicalName).join(", ");
      throw new Error(`Expected the name of a function (${names}), got ${functionName}.`);
    },
    region,
    credentials: access.operator,
    access,
    graph: servers.graph,
    queues: servers.queues,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function temporaryDirectory(disposables: AsyncDisposableStack): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "ticker-watch-"));
  disposables.defer(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A site whose texts and headers name what is on this machine. */
function localSite(site: DeclaredSite, origins: Origins): DeclaredSite {
  const objects = [...site.objects].map(([key, object]) => {
    if (!/json|text/.test(object.contentType)) return [key, object] as const;
    const content = Buffer.from(replaceOrigins(object.content.toString("utf8"), origins));
    return [key, { ...object, content }] as const;
  });
  const headers = replaceOriginsIn(site.headers, origins) as DeclaredSite["headers"];
  return { ...site, objects: new Map(objects), headers };
}
