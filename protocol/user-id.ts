/** The format that {@link isUserId} accepts, for error messages. */
export const USER_ID_FORMAT = "1 to 128 printable ASCII characters without spaces";

const USER_ID = /^[\x21-\x7e]{1,128}$/;

/**
 * Whether `text` is a valid user id: 1 to 128 characters from `!` to `~`, which covers the ids of common issuers (`auth0|abc`,
 * `ann@example.com`, `client@clients`, UUIDs). Case-sensitive.
 */
export function isUserId(text: string): boolean {
  return USER_ID.test(text);
}
