import type { WebSocket } from "ws";
import type { Judge } from "./judge-request.ts";

/** What may wait for a side that does not read before the other is held back: some frames of 1,000 ids each. */
const MAX_BUFFERED_BYTES = 256 * 1024;

/** https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1: no status was given, which cannot be sent; cut, without a closing handshake. */
const NO_STATUS = 1005;
const CUT = 1006;

/**
 * Makes one connection of two, both open: frames, pings and endings of either side go to the other, in order. Only what the client
 * asks is judged before; while that takes, and while the other side does not read, a side is held back rather than heard.
 */
export function joinSockets(client: WebSocket, target: WebSocket, judge: Judge): void {
  let judged = Promise.resolve();
  let judging = 0;
  client.on("message", (frame: Buffer, isBinary) => {
    // `pause` does not take back what has been read already, so that some more may come.
    judging += 1;
    client.pause();
    judged = judged.then(async () => {
      const verdict = await judge(frame, isBinary);
      judging -= 1;
      const resume = () => {
        if (judging === 0) resumeUnlessFull(client, target);
      };
      if (verdict.passes) {
        target.send(frame, { binary: true }, resume);
      } else {
        client.send(verdict.answer, resume);
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
    from.once("close", (code, reason) => endAlike(to, code, reason));
  }
}

function resumeUnlessFull(from: WebSocket, to: WebSocket): void {
  if (from.isPaused && to.bufferedAmount <= MAX_BUFFERED_BYTES) from.resume();
}

function sendIfOpen(to: WebSocket, send: () => void): void {
  if (to.readyState === to.OPEN) send();
}

/** Ends `to` as the other side ended: a cut by a cut, a goodbye in the same words, behind all that was sent before it. */
function endAlike(to: WebSocket, code: number, reason: Buffer): void {
  if (code === CUT) {
    to.terminate();
    return;
  }
  if (code === NO_STATUS) to.close();
  else to.close(code, reason);
}
