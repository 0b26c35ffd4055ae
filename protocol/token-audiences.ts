/** The audience (`aud`) of a token that allows watching. */
export const WATCH_AUDIENCE = "ticker-watch:watch";

/** The audience (`aud`) of a token that allows publishing. */
export const PUBLISH_AUDIENCE = "ticker-watch:publish";

/** The permission of a token. A token for both lists both audiences. */
export type Audience = typeof WATCH_AUDIENCE | typeof PUBLISH_AUDIENCE;

/**
 * The maximum length of a token in characters. API Gateway accepts 10,240 bytes of request line and headers.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
export const MAX_TOKEN_LENGTH = 4_096;
