import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import {
  ApiGatewayManagementApiClient,
  ApiGatewayManagementApiServiceException,
  DeleteConnectionCommand,
  ForbiddenException,
  GoneException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { fromEnv } from "@aws-sdk/credential-provider-env";
import { timeLeftMs } from "../deadline.ts";
import { logger } from "../log.ts";
import { Attempts, type RetryPolicy } from "../retry.ts";
import { type Connections, POSTS_AT_ONCE, type PostOutcome } from "./connections.ts";
import { Turns } from "./turns.ts";

/**
 * Brief: a client that does not read answers 429 as a throttle does, and must not hold up the others. The SDK's own
 * retries start at 500 ms for a 429 and share one budget among all posts, so they are off.
 */
const RETRY: RetryPolicy = { attempts: 5, baseMs: 50, capMs: 1_000, giveUpAfterMs: 5_000 };

/** Not a word in the log for each: whoever has no time left says so of all. */
const NO_TIME = new Error("No time was left to send this.");

/**
 * {@link Connections} by the management API of an API Gateway WebSocket API.
 *
 * Requests take turns, here and not at each caller, so that the bound holds however many callers there are. One more than the
 * agent has sockets, and the SDK would count the wait for a socket as time to connect: a healthy connection would be called
 * unreachable. Who tries again goes to the end: everybody is tried once before anybody is tried twice, or closed.
 */
export class ApiGatewayConnections implements Connections {
  readonly #client: ApiGatewayManagementApiClient;
  readonly #turns = new Turns(POSTS_AT_ONCE);

  /** @param endpoint `https://{host}/{stage}` of the WebSocket API; region and credentials come from the environment. */
  constructor(endpoint: string) {
    // Only IPv6 leads out of the VPC, and Node would fall back to IPv4 after 250 ms and hang there. The environment
    // variable AWS_USE_DUALSTACK_ENDPOINT is no way to say it: with an endpoint of one's own the SDK refuses it.
    const agent = { keepAlive: true, maxSockets: POSTS_AT_ONCE, family: 6 };
    this.#client = new ApiGatewayManagementApiClient({
      endpoint,
      credentials: fromEnv(),
      maxAttempts: 1,
      requestHandler: {
        httpAgent: new HttpAgent(agent),
        httpsAgent: new HttpsAgent(agent),
        connectionTimeout: 1_000,
        requestTimeout: 3_000,
        throwOnRequestTimeout: true,
      },
    });
  }

  async post(connectionId: string, data: string): Promise<PostOutcome> {
    const command = new PostToConnectionCommand({ ConnectionId: connectionId, Data: data });
    return await this.#attempt(async () => {
      await this.#client.send(command);
    });
  }

  async close(connectionId: string): Promise<boolean> {
    const command = new DeleteConnectionCommand({ ConnectionId: connectionId });
    const outcome = await this.#attempt(async () => {
      await this.#client.send(command);
    });
    return outcome === "delivered" || outcome === "gone";
  }

  async #attempt(send: () => Promise<void>): Promise<PostOutcome> {
    try {
      await this.#retry(send);
      return "delivered";
    } catch (error) {
      const outcome = judge(error);
      if (outcome === "forbidden")
        logger.error("API Gateway refuses a post that it should allow", error as Error);
      if (outcome === "unreachable" && error !== NO_TIME)
        logger.warn("A connection cannot be reached", error as Error);
      return outcome;
    }
  }

  async #retry(send: () => Promise<void>): Promise<void> {
    let attempts: Attempts | undefined;
    const attempt = async () => {
      if (timeLeftMs() <= 0) throw NO_TIME;
      // Made now: its time is that of the attempts, not that of the wait for the first turn.
      attempts ??= new Attempts(RETRY, (error) => judge(error) === "unreachable");
      await send();
    };
    for (;;) {
      try {
        await this.#turns.take(attempt);
        return;
      } catch (error) {
        if (!attempts) throw error;
        await attempts.afterFailure(error);
      }
    }
  }
}

/** By class and not by `statusCode`, which SDK v3 leaves undefined. A malformed id is a plain 400 without a class. */
function judge(error: unknown): PostOutcome {
  if (error instanceof GoneException) return "gone";
  if (error instanceof PayloadTooLargeException) return "too-large";
  if (error instanceof ForbiddenException) return "forbidden";
  if (error instanceof ApiGatewayManagementApiServiceException) {
    const status = error.$metadata.httpStatusCode;
    if (status === 400) return "gone";
    if (status === 403) return "forbidden";
  }
  return "unreachable";
}
