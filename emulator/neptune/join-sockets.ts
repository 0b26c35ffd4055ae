import type { WebSocket } from "ws";
import type { CheckFrame } from "./authorize-frame.ts";

/** Unread data of one side before the other side is paused: some frames of 1,000 ids each. */
const MAX_BUFFERED_BYTES = 256 * 1024;

/** Codes that cannot be sent in a close frame: https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const NO_STATUS = 1005;
const ABNORMAL_CLOSURE = 1006;

/**
 * Forwards frames, pings and closes between two open sockets, in order. Client frames are checked first. A
 * side is paused during a check, and while the other side does not read (backpressure).
 */
export function joinSockets(client: WebSocket, target: WebSocket, checkFrame: CheckFrame): void {
  let lastCheck = Promise.resolve();
  let pendingChecks = 0;
  client.on("message", (frame: Buffer, isBinary) => {
    // Frames that were already read can still arrive after `pause`.
    pendingChecks += 1;
    client.pause();
    lastCheck = lastCheck.then(async () => {
      const result = await checkFrame(frame, isBinary);
      pendingChecks -= 1;
      const resume = () => {
        if (pendingChecks === 0) resumeUnlessFull(client, target);
      };
      if (result.allowed) {
        target.send(frame, { binary: true }, resume);
      } else {
        client.send(result.response, resume);
      }
      resume();
    });
  });
  target.on("message", (frame: Buffer, isBinary) => {
    client.send(frame, { binary: isBinary }, () => resumeUnlessFull(target, client));
    if (client.bufferedAmount > MAX_BUFFERED_BYTES) target.pause();
  });
  for (const [from, to] of [
    [client, target],
    [target, client],
  ] as const) {
    from.on("ping", (data) => sendIfOpen(to, () => to.ping(data)));
    from.on("pong", (data) => sendIfOpen(to, () => to.pong(data)));
    // "close" follows.
    from.on("error", () => {});
    from.once("close", (code, reason) => forwardClose(to, code, reason));
  }
}

function resumeUnlessFull(from: WebSocket, to: WebSocket): void {
  if (from.isPaused && to.bufferedAmount <= MAX_BUFFERED_BYTES) from.resume();
}

function sendIfOpen(to: WebSocket, send: () => void): void {
  if (to.readyState === to.OPEN) send();
}

/** Closes `to` with the same code and reason, after all sent frames; without a close frame for code 1006. */
function forwardClose(to: WebSocket, code: number, reason: Buffer): void {
  if (code === ABNORMAL_CLOSURE) {
    to.terminate();
    return;
  }
  if (code === NO_STATUS) to.close();
  else to.close(code, reason);
}
