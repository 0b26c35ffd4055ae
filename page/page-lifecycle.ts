import { after } from "#client/timer.ts";
import type { WatchSocket } from "#client/watch-socket.ts";
import { repaintTimes, repaintTimesDaily } from "./time-element.ts";

/**
 * Binds the socket and the shown times to the lifecycle events of the page.
 * @param onRestore called before the socket starts again, when the page is restored from the back/forward cache.
 */
export function bindPageLifecycle(socket: WatchSocket, onRestore: () => void): void {
  addEventListener("online", () => socket.wake());
  // A socket detects a lost network only when it sends.
  addEventListener("offline", () => socket.wake());
  socket.setVisible(!document.hidden);
  document.addEventListener("visibilitychange", () => {
    socket.setVisible(!document.hidden);
    if (document.hidden) return;
    repaintTimes();
    socket.wake();
  });
  repaintTimesDaily(after);
  // A page in the back/forward cache would otherwise keep its connection and its subscriptions.
  addEventListener("pagehide", () => socket.stop());
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    repaintTimes();
    onRestore();
    socket.start();
  });
}
