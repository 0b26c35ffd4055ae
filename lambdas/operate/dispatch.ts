import type { FanOutPorts } from "../delivery/fan-out.ts";
import { changeBasket } from "./change-basket.ts";
import { addToList, removeFromList } from "./change-list.ts";
import { clean } from "./clean.ts";
import { forgetConnection } from "./forget-connection.ts";
import type { Operation } from "./operation.ts";
import { showBasket } from "./show-basket.ts";
import { showConnections } from "./show-connections.ts";
import { showPrices } from "./show-prices.ts";
import { showUser } from "./show-user.ts";
import { showWatchers } from "./show-watchers.ts";

/** The ports and settings of the operations. */
export interface OperatePorts extends FanOutPorts {
  /** The most watchers of a changed basket that are posted to directly; more are queued. */
  readonly directWatchers: number;
}

const HANDLERS: {
  readonly [Name in Operation["operation"]]: (
    ports: OperatePorts,
    operation: Extract<Operation, { readonly operation: Name }>,
  ) => Promise<object>;
} = {
  basket: (ports, { name, tickers }) =>
    tickers ? changeBasket(ports, name, tickers, ports.directWatchers) : showBasket(ports, name),
  clean,
  connections: showConnections,
  forget: (ports, { connectionId }) => forgetConnection(ports, connectionId),
  prices: (ports, { userId }) => showPrices(ports, userId),
  unwatch: (ports, { userId, tickers, baskets }) => removeFromList(ports, userId, { tickers, baskets }),
  user: (ports, { userId }) => showUser(ports, userId),
  watch: (ports, { userId, tickers, baskets }) => addToList(ports, userId, { tickers, baskets }),
  watchers: (ports, { ticker }) => showWatchers(ports, ticker),
};

/**
 * The response to the operator.
 * @throws {GraphError | QueueError} when the graph or the queue failed. A retry is safe.
 */
export async function dispatch(ports: OperatePorts, operation: Operation): Promise<object> {
  // TypeScript cannot infer that the handler accepts this operation.
  const run = HANDLERS[operation.operation] as (ports: OperatePorts, operation: Operation) => Promise<object>;
  return await run(ports, operation);
}
