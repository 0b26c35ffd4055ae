import type { FanOutPorts } from "../delivery/fan-out.ts";
import { changeBasket } from "./change-basket.ts";
import { addToList, takeFromList } from "./change-list.ts";
import { clean } from "./clean.ts";
import { forgetConnection } from "./forget-connection.ts";
import type { Operation } from "./operation.ts";
import { showBasket } from "./show-basket.ts";
import { showConnections } from "./show-connections.ts";
import { showPrices } from "./show-prices.ts";
import { showUser } from "./show-user.ts";
import { showWatchers } from "./show-watchers.ts";

/** What operations are carried out on. */
export interface OperatePorts extends FanOutPorts {
  /** The most watchers of a basket that are told here and now. */
  readonly directWatchers: number;
}

const TABLE: {
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
  unwatch: (ports, { userId, tickers, baskets }) => takeFromList(ports, userId, { tickers, baskets }),
  user: (ports, { userId }) => showUser(ports, userId),
  watch: (ports, { userId, tickers, baskets }) => addToList(ports, userId, { tickers, baskets }),
  watchers: (ports, { ticker }) => showWatchers(ports, ticker),
};

/**
 * What the operator is answered.
 * @throws {GraphError | QueueError} when the graph could not be asked, or not everybody be queued.
 */
export async function carryOut(ports: OperatePorts, operation: Operation): Promise<object> {
  // The table pairs each name with a function for just this operation, which TypeScript cannot follow.
  const carry = TABLE[operation.operation] as (ports: OperatePorts, operation: Operation) => Promise<object>;
  return await carry(ports, operation);
}
