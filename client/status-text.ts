import type { Status } from "./watch-socket.ts";

/**
 * The connection state in one line that fits the narrowest phone, so that the layout does not move.
 * @param isExplained whether another message already explains why no socket opens; shortens the text.
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
      return "No answer from the service. Retrying…";
    case "silent":
      return "No answer. Prices may be out of date.";
    case "waiting": {
      const seconds = Math.max(1, Math.ceil(status.delayMs / 1000));
      if (status.wasOpen) return `Connection lost. Reconnecting in ${seconds} s.`;
      if (status.isOffline) return `Offline. Reconnecting in ${seconds} s.`;
      return isExplained ? `Reconnecting in ${seconds} s.` : `Refused or unreachable. Retry in ${seconds} s.`;
    }
  }
}
