import { after } from "#client/timer.ts";
import type { WatchSocket } from "#client/watch-socket.ts";
import { repaintTimes, repaintTimesDaily } from "./time-element.ts";

/**
 * Has the socket, and the times on the page, live as the page does.
 * @param onReturn called before the socket starts again, when the person goes back to a page that was kept.
 */
export function bindPageLifecycle(socket: WatchSocket, onReturn: () => void): void {
  addEventListener("online", () => socket.wake());
  // The socket itself notices only when something is sent.
  addEventListener("offline", () => socket.wake());
  socket.setVisible(!document.hidden);
  document.addEventListener("visibilitychange", () => {
    socket.setVisible(!document.hidden);
    if (document.hidden) return;
    repaintTimes();
    socket.wake();
  });
  repaintTimesDaily(after);
  // A page that is kept to go back to would otherwise hold its connection, and its watchers, until the limit.
  addEventListener("pagehide", () => socket.stop());
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    repaintTimes();
    onReturn();
    socket.start();
  });
}
