import type { Status } from "./watch-socket.ts";

/** What a person is told of the connection: one line. */
export function statusText(status: Status): string {
  switch (status.state) {
    case "connecting":
      return "Connecting…";
    case "live":
      return "Live";
    case "unanswered":
      return "Connected, but the service does not answer. Asking again…";
    case "waiting": {
      const trouble = status.wasOpen ? "Connection lost." : "The service refused, or cannot be reached.";
      return `${trouble} Reconnecting in ${Math.max(1, Math.ceil(status.delayMs / 1000))} s.`;
    }
  }
}
