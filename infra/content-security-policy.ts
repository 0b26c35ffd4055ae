/**
 * The value of the page's `Content-Security-Policy` header: its own script, style, icon and settings, a socket to the
 * watch API, and nothing else, least of all something inline.
 * @param watchUrl `wss://…`. Only its origin is named: stages come and go, the API is one.
 */
export function contentSecurityPolicy(watchUrl: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${new URL(watchUrl).origin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
