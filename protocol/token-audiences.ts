/** The audience (`aud`) of a token that lets its user watch. */
export const WATCH_AUDIENCE = "ticker-watch:watch";

/** The audience (`aud`) of a token that lets its user publish. */
export const PUBLISH_AUDIENCE = "ticker-watch:publish";

/** What a token is good for; one that is for both lists both. */
export type Audience = typeof WATCH_AUDIENCE | typeof PUBLISH_AUDIENCE;

/**
 * The most characters of a token. It travels in a header, and API Gateway takes 10,240 bytes of request line and headers.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
export const MAX_TOKEN_LENGTH = 4_096;
