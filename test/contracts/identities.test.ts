import { afterAll, beforeAll, expect, test } from "vitest";
import type { Ticker } from "#protocol/quote.ts";
import { TICKERS, USER_IDS } from "#support/identities.ts";
import { type LocalGraph, openLocalGraph } from "#support/open-local-graph.ts";

/*
 * Tickers and user ids of public feeds and issuers as ids in a real Gremlin Server. Does not prove that Neptune accepts the same
 * characters; it documents ids as any string.
 */
let graph: LocalGraph;
beforeAll(async () => {
  graph = await openLocalGraph();
});
afterAll(() => graph[Symbol.asyncDispose]());

const AT = new Date("2026-11-21T01:02:03.456Z");
const LIMITS = { watches: 500, baskets: 20 };
const expiresAt = new Date(AT.getTime() + 7_200_000);

async function watchersOf(tickers: readonly Ticker[]): Promise<Record<string, readonly Ticker[]>> {
  const found: Record<string, readonly Ticker[]> = {};
  for await (const batch of graph.subscriptions.watchersOf(tickers)) {
    for (const { connectionId, tickers: watched } of batch) found[connectionId] = [...watched];
  }
  return found;
}

test.each(TICKERS)(
  "%s is watched, published and read by a connection, a user and a basket",
  async (ticker) => {
    const { subscriptions } = graph;
    const own = `own-${TICKERS.indexOf(ticker)}=`;
    const users = `users-${TICKERS.indexOf(ticker)}=`;
    const baskets = `baskets-${TICKERS.indexOf(ticker)}=`;
    for (const id of [own, users, baskets]) await subscriptions.connect({ id, connectedAt: AT, expiresAt });
    await subscriptions.attach(users, `user-of-${own}`, 100);
    await subscriptions.watch({ connectionId: own }, { tickers: [ticker], baskets: [] }, LIMITS);
    const owner = { connectionId: users, userId: `user-of-${own}` };
    await subscriptions.watch(owner, { tickers: [ticker], baskets: [] }, LIMITS);
    await subscriptions.setBasket("ONLY", [ticker], AT);
    await subscriptions.watch({ connectionId: baskets }, { tickers: [], baskets: ["ONLY"] }, LIMITS);

    const [quote] = await subscriptions.recordPrices([{ ticker, priceCents: 2_400 }], AT);
    expect(quote).toMatchObject({ ticker, priceCents: 2_400 });
    const expected = { [own]: [ticker], [users]: [ticker], [baskets]: [ticker] };
    expect(await watchersOf([ticker])).toMatchObject(expected);
    expect(await subscriptions.watched(own)).toMatchObject({ tickers: [ticker], quotes: [quote] });
    expect(await subscriptions.watched(users)).toMatchObject({ tickers: [ticker], quotes: [quote] });
    expect(await subscriptions.basket("ONLY")).toMatchObject({
      basket: { tickers: [ticker] },
      quotes: [quote],
    });
    expect(await subscriptions.quote(ticker)).toEqual(quote);

    await subscriptions.unwatch({ connectionId: own }, { tickers: [ticker], baskets: [] });
    expect(await watchersOf([ticker])).not.toHaveProperty(own);
  },
);

test("each user id has a separate list and separate connections", async () => {
  const { subscriptions } = graph;
  const idOf = (userId: string) => `connection-${USER_IDS.indexOf(userId)}=`;
  const tickerOf = (userId: string) => `USER-${USER_IDS.indexOf(userId)}` as Ticker;
  for (const userId of USER_IDS) {
    const id = idOf(userId);
    await subscriptions.connect({ id, connectedAt: AT, expiresAt });
    expect(await subscriptions.attach(id, userId, 1)).toBe(true);
    const watches = { tickers: [tickerOf(userId)], baskets: [] };
    expect(await subscriptions.watch({ connectionId: id, userId }, watches, LIMITS)).toBe(true);
  }
  for (const userId of USER_IDS) {
    const { user, tickers } = (await subscriptions.watched(idOf(userId))) ?? {};
    expect([user, tickers]).toEqual([{ id: userId, version: expect.any(Number) }, [tickerOf(userId)]]);
    expect((await subscriptions.user(userId))?.tickers).toEqual([tickerOf(userId)]);
    for await (const ids of subscriptions.connectionsOf(userId)) expect(ids).toEqual([idOf(userId)]);
  }
  const users = await subscriptions.usersOf(USER_IDS.map(idOf));
  expect([...users].sort()).toEqual(USER_IDS.map((userId) => [idOf(userId), userId]).sort());
  // All edges are read in one stream, sorted by id.
  const all = await watchersOf(USER_IDS.map(tickerOf));
  expect(all).toEqual(Object.fromEntries(USER_IDS.map((userId) => [idOf(userId), [tickerOf(userId)]])));
});
