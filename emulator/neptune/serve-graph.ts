import type { Report } from "../apigateway/model.ts";
import type { Access } from "../iam/access.ts";
import type { DeclaredProgram } from "../program/declared.ts";
import { ACCOUNT_ID } from "../program/invent-outputs.ts";
import { number, ofType, optional, text } from "../program/properties.ts";
import type { Servers } from "../servers.ts";
import { serveGraphProxy } from "./graph-door.ts";

/** A cluster without an instance has data but nobody to ask, as on AWS: its address leads nowhere. */
const NOBODY = "wss://127.0.0.1:9";

export interface ServeGraphOptions {
  readonly region: string;
  readonly servers: Pick<Servers, "graph" | "certificate">;
  readonly access: Access;
  readonly report: Report;
}

export interface ServedGraph extends AsyncDisposable {
  /** Where each cluster is reached on this machine instead. */
  readonly origins: readonly (readonly [string, string])[];
}

/** A door before each cluster of the program, all of which lead to the one Gremlin Server. */
export async function serveGraph(
  program: DeclaredProgram,
  { region, servers, access, report }: ServeGraphOptions,
): Promise<ServedGraph> {
  await using served = new AsyncDisposableStack();
  const instances = ofType(program, "aws:neptune/clusterInstance:ClusterInstance");
  const origins: (readonly [string, string])[] = [];
  for (const cluster of ofType(program, "aws:neptune/cluster:Cluster")) {
    const origin = `wss://${text(cluster, "endpoint")}:${number(cluster, "port")}`;
    if (!instances.some((instance) => optional(instance, "clusterIdentifier") === cluster.id)) {
      origins.push([origin, NOBODY]);
      continue;
    }
    const resource = `arn:aws:neptune-db:${region}:${ACCOUNT_ID}:${text(cluster, "clusterResourceId")}/*`;
    const authProxy = access.authProxy("neptune-db");
    const { port } = served.use(
      await serveGraphProxy({
        target: servers.graph,
        certificate: servers.certificate,
        authenticate: async (request) => authProxy.authenticate(request, undefined),
        async authorize(principal, kind) {
          const action = `neptune-db:${kind}DataViaQuery`;
          const result = await authProxy.authorize(principal, { action, resource });
          return result.allowed ? { allowed: true } : { allowed: false, message: result.message };
        },
        report,
      }),
    );
    origins.push([origin, `wss://127.0.0.1:${port}`]);
  }
  const resources = served.move();
  return { origins, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
