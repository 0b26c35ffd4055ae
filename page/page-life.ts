import type { WatchSocket } from "./watch-socket.ts";

/**
 * Has the socket live as the page does.
 * @param onReturn called before the socket starts again, when the person goes back to a page that was kept.
 */
export function followPage(socket: WatchSocket, onReturn: () => void): void {
  addEventListener("online", () => socket.wake());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) socket.wake();
  });
  // A page that is kept to go back to would otherwise hold its connection, and its watchers, until the limit.
  addEventListener("pagehide", () => socket.stop());
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    onReturn();
    socket.start();
  });
}
