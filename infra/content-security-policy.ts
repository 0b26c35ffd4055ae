/**
 * The `Content-Security-Policy` header of the watch page: same-origin scripts, styles, images and requests, a
 * WebSocket to the watch API, nothing inline.
 * @param watchUrl `wss://…`. Only its origin is allowed, so a new stage does not change the policy.
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
