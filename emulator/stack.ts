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
import { findFunctionsWithLogAccess } from "./iam/check-logs.ts";
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

/** A log line of a part of the stack. */
export interface LogLine {
  /** A function's logical name, `graph`, `queues`, `schedules`, `gateway` or `permissions`. */
  readonly source: string;
  readonly line: string;
}

export interface StackOptions {
  /** Directory of the Pulumi project. @default the parent directory of the emulator */
  readonly projectDirectory?: string;
  /** The stack whose configuration file is read. @default `dev` */
  readonly stackName?: string;
  /** Configuration by key; overrides Pulumi.yaml and the configuration file of the stack. */
  readonly config?: Readonly<Record<string, string>>;
  /** Ports of the site, the WebSocket API and the HTTP API. @default free ports */
  readonly ports?: { readonly site: number; readonly webSocketApi: number; readonly httpApi: number };
  /** Receives code, configuration files and logs. @default a temporary directory, removed on disposal */
  readonly directory?: string;
  /** An evaluated program, which a test may have changed. @default the program of `projectDirectory`, evaluated */
  readonly program?: DeclaredProgram;
  /** Running servers, which the stack does not end. @default new ones, which end with the stack */
  readonly servers?: Servers;
  /** For tests: overrides variables in the functions that declare them. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Clock of connection timeouts and schedules. @default the system clock */
  readonly clock?: Clock;
  readonly onLog?: (line: LogLine) => void;
  /** Receives one line per slow step of the start. */
  readonly onProgress?: (line: string) => void;
}

/** The Pulumi program, running on this machine. Disposing ends all its processes and closes its sockets. */
export interface LocalStack extends AsyncDisposable {
  /** The stack outputs, with loopback addresses. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** All lines so far. */
  readonly logs: readonly LogLine[];
  /** The `endpoint` of these services for AWS SDKs and the AWS CLI. */
  readonly endpoints: { readonly lambda: string; readonly sqs: string };
  /** The configured AWS region. */
  readonly region: string;
  /** Administrator credentials, with all permissions. Functions have the credentials of their roles. */
  readonly credentials: KeyPair;
  /** The declared IAM permissions, and the statements that have allowed a request so far. */
  readonly access: Access;
  /**
   * The ids of the current processes of a function, so that a test can kill one during an invocation.
   * @param functionName the logical name, `worker`.
   * @throws {Error} for an unknown function.
   */
  processes(functionName: string): readonly number[];
  /** The Gremlin Server behind Neptune, for tests that query or stop it. */
  readonly graph: GremlinServer;
  /** The ElasticMQ behind SQS. */
  readonly queues: { readonly exited: Promise<string> };
}

/**
 * The running stack: evaluates a Pulumi AWS program and serves its resources on loopback.
 * @throws {Error} when the program fails or declares a resource or property that is not supported, a port is in use, or
 * `environment` has a variable that no function declares.
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
  const serversStarted =
    options.servers ?? startServers({ directory, region, onLog: log("graph"), onProgress });
  // The slowest step runs in the background. The catch defers its failure to the await below.
  const serversOrNone = Promise.resolve(serversStarted).catch(() => undefined);
  if (!options.servers) started.defer(async () => await (await serversOrNone)?.[Symbol.asyncDispose]());
  const program = options.program ?? (await evaluateProgram(projectDirectory, configuration));
  checkResourceTypes(program, configuration.project);
  const functions = readFunctions(program);
  const schedules = readSchedules(program, functions);
  const access = createAccess(program, functions, { region, report: log("permissions") });
  await checkFunctions(functions, access);
  const loggers = await findFunctionsWithLogAccess(functions, access, region);

  // The servers start before the functions, whose environment contains their addresses.
  let runners: ReadonlyMap<string, FunctionPool> = new Map();
  const invoke: Invoke = (invocation) => invokeForApi(functions, runners, invocation);
  const invokeByArn = (functionArn: string, event: unknown) =>
    invokeFunction(functions, runners, functionArn, event);
  const servers = await serversStarted;
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
  const lambdaAuthProxy = access.authProxy("lambda");
  const lambda = started.use(
    await serveLambda({ functions, invoke: invokeByArn, authProxy: lambdaAuthProxy }),
  );
  const origins = new Map<string, string>([...graph.origins, ...queueOrigins(region, queues.url)]);
  const showSites: (() => void)[] = [];
  for (const site of readSites(program)) {
    const server = started.use(await serveSite(options.ports?.site));
    origins.set(site.origin, `http://127.0.0.1:${server.port}`);
    showSites.push(() => server.show(withLocalOrigins(site, origins)));
  }
  for (const declared of readApis(program, region)) {
    // The CORS configuration of an API may contain the origin of a site.
    const api = replaceOriginsIn(declared, origins) as typeof declared;
    const common = { invoke, clock, report: log("gateway") };
    if (api.protocol === "WEBSOCKET") {
      const { port } = started.use(
        await serveWebSocketApi(api, {
          ...common,
          authProxy: access.authProxy("execute-api"),
          port: options.ports?.webSocketApi ?? 0,
        }),
      );
      origins.set(`wss://${api.domainName}`, `ws://127.0.0.1:${port}`);
      origins.set(`https://${api.domainName}`, `http://127.0.0.1:${port}`);
    } else {
      const { port } = started.use(await serveHttpApi(api, { ...common, port: options.ports?.httpApi ?? 0 }));
      origins.set(`https://${api.domainName}`, `http://127.0.0.1:${port}`);
    }
  }

  const codeDirectory = join(directory, "code");
  const loggingFunctions = new Set(
    functions.flatMap(({ arn, logicalName }) => (loggers.has(arn) ? [logicalName] : [])),
  );
  const onLog = (name: string, line: string) => loggingFunctions.has(name) && log(name)(line);
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
        const problem = await findScheduleProblem(schedule, access, lambdaAuthProxy);
        if (problem !== undefined) return { outcome: "forbidden", message: problem };
        return await invokeByArn(schedule.functionArn, event);
      },
      report: log("schedules"),
    }),
  );
  for (const show of showSites) show();

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
  const directory = await mkdtemp(join(tmpdir(), "local-stack-"));
  disposables.defer(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** The site with local origins in its text files and headers. */
function withLocalOrigins(site: DeclaredSite, origins: Origins): DeclaredSite {
  const objects = [...site.objects].map(([key, object]) => {
    if (!/json|text/.test(object.contentType)) return [key, object] as const;
    const content = Buffer.from(replaceOrigins(object.content.toString("utf8"), origins));
    return [key, { ...object, content }] as const;
  });
  const headers = replaceOriginsIn(site.headers, origins) as DeclaredSite["headers"];
  return { ...site, objects: new Map(objects), headers };
}
