import type { Status } from "./watch-socket.ts";

/**
 * What a person is told of the connection: one line.
 * @param isExplained whether another sentence already says why no socket opens. A line of one length then, whatever the
 *   state, keeps the form below in its place.
 */
export function statusText(status: Status, isExplained = false): string {
  switch (status.state) {
    case "signed-out":
      return "Not connected";
    case "connecting":
      return "Connecting…";
    case "live":
      return "Live";
    case "unanswered":
      return "Connected, but the service does not answer. Asking again…";
    case "waiting": {
      const prospect = `Reconnecting in ${Math.max(1, Math.ceil(status.delayMs / 1000))} s.`;
      if (status.wasOpen) return `Connection lost. ${prospect}`;
      return isExplained ? prospect : `The service refused, or cannot be reached. ${prospect}`;
    }
  }
}
