import type { Report } from "../apigateway/model.ts";
import type { Access } from "../iam/access.ts";
import type { DeclaredProgram } from "../program/declared.ts";
import { number, optional, resourcesOfType, text } from "../program/properties.ts";
import { ACCOUNT_ID } from "../program/synthesize-outputs.ts";
import type { Servers } from "../servers.ts";
import { serveGraphProxy } from "./graph-proxy.ts";

/** URL of a cluster without an instance, which is unreachable as on AWS. */
const UNREACHABLE_URL = "wss://127.0.0.1:9";

export interface ServeGraphOptions {
  readonly region: string;
  readonly servers: Pick<Servers, "graph" | "certificate">;
  readonly access: Access;
  readonly report: Report;
}

export interface ServedGraph extends AsyncDisposable {
  /** Cluster endpoints with their local URLs. */
  readonly origins: readonly (readonly [string, string])[];
}

/** Starts a graph proxy for each cluster of the program; all clusters share one Gremlin Server. */
export async function serveGraph(
  program: DeclaredProgram,
  { region, servers, access, report }: ServeGraphOptions,
): Promise<ServedGraph> {
  await using served = new AsyncDisposableStack();
  const instances = resourcesOfType(program, "aws:neptune/clusterInstance:ClusterInstance");
  const origins: (readonly [string, string])[] = [];
  for (const cluster of resourcesOfType(program, "aws:neptune/cluster:Cluster")) {
    const origin = `wss://${text(cluster, "endpoint")}:${number(cluster, "port")}`;
    if (!instances.some((instance) => optional(instance, "clusterIdentifier") === cluster.id)) {
      origins.push([origin, UNREACHABLE_URL]);
      continue;
    }
    const resource = `arn:aws:neptune-db:${region}:${ACCOUNT_ID}:${text(cluster, "clusterResourceId")}/*`;
    const authProxy = access.authProxy("neptune-db");
    const { port } = served.use(
      await serveGraphProxy({
        target: servers.graph,
        certificate: servers.certificate,
        authenticate: async (request) => authProxy.authenticate(request, undefined),
        async authorize(principal, dataAccess) {
          const action = `neptune-db:${dataAccess}DataViaQuery`;
          return await authProxy.authorize(principal, { action, resource });
        },
        report,
      }),
    );
    origins.push([origin, `wss://127.0.0.1:${port}`]);
  }
  const resources = served.move();
  return { origins, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
