import type { DeclaredProgram } from "../program/declared.ts";
import { number, ofType, optional, text } from "../program/properties.ts";

/** A cluster without an instance has data but nobody to ask, as on AWS: its address leads nowhere. */
const NOBODY = "ws://127.0.0.1:9";

/** Where the clusters of the program are reached on this machine instead: all of them at one server. */
export function graphOrigins(
  program: DeclaredProgram,
  graphUrl: string,
): readonly (readonly [string, string])[] {
  const instances = ofType(program, "aws:neptune/clusterInstance:ClusterInstance");
  return ofType(program, "aws:neptune/cluster:Cluster").map((cluster) => {
    const isUp = instances.some((instance) => optional(instance, "clusterIdentifier") === cluster.id);
    const origin = `wss://${text(cluster, "endpoint")}:${number(cluster, "port")}`;
    return [origin, isUp ? new URL(graphUrl).origin : NOBODY];
  });
}
