import gremlin from "gremlin";

const g = gremlin.process.traversal().withGraph(new gremlin.structure.Graph());

/** The ids of all vertices. */
export const allIds = () => g.V().id();
