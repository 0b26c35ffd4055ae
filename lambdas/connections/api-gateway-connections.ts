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
import { type Connections, MAX_CONCURRENT_POSTS, type PostOutcome } from "./connections.ts";
import { Semaphore } from "./semaphore.ts";

/**
 * Short, because a 429 can mean one slow reader, which must not delay other connections. The SDK retries are off: they
 * start at 500 ms for a 429 and share one budget among all posts.
 */
const RETRY: RetryPolicy = { attempts: 5, baseMs: 50, capMs: 1_000, giveUpAfterMs: 5_000 };

/** Not logged per connection; the caller logs one summary. */
const NO_TIME = new Error("Expected time to send a request, got none before the deadline of the caller.");

/**
 * {@link Connections} through the management API of an API Gateway WebSocket API.
 *
 * Concurrency is limited here, for all callers together: with more requests than sockets the SDK counts the wait for a socket
 * as connection time, and reports healthy connections as unreachable. Retries go to the back of the queue.
 */
export class ApiGatewayConnections implements Connections {
  readonly #client: ApiGatewayManagementApiClient;
  readonly #semaphore = new Semaphore(MAX_CONCURRENT_POSTS);

  /** @param endpoint `https://{host}/{stage}` of the WebSocket API; region and credentials come from the environment. */
  constructor(endpoint: string) {
    // The VPC has only IPv6 egress, and Node falls back to IPv4 after 250 ms and hangs. AWS_USE_DUALSTACK_ENDPOINT is no
    // alternative: the SDK rejects it together with a custom endpoint.
    const agent = { keepAlive: true, maxSockets: MAX_CONCURRENT_POSTS, family: 6 };
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
      const outcome = classifyError(error);
      if (outcome === "forbidden")
        logger.error("API Gateway rejected a request as forbidden", error as Error);
      if (outcome === "unreachable" && error !== NO_TIME)
        logger.warn("Connection unreachable", error as Error);
      return outcome;
    }
  }

  async #retry(send: () => Promise<void>): Promise<void> {
    let attempts: Attempts | undefined;
    const attempt = async () => {
      if (timeLeftMs() <= 0) throw NO_TIME;
      // Created here, so that the retry time does not include the wait for the semaphore.
      attempts ??= new Attempts(RETRY, (error) => classifyError(error) === "unreachable");
      await send();
    };
    for (;;) {
      try {
        await this.#semaphore.run(attempt);
        return;
      } catch (error) {
        if (!attempts) throw error;
        await attempts.afterFailure(error);
      }
    }
  }
}

/** By class, because SDK v3 leaves `statusCode` undefined. A malformed id is a 400 that has no class. */
function classifyError(error: unknown): PostOutcome {
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
