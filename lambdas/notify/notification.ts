import * as v from "valibot";
import { excerpt } from "#protocol/printable.ts";
import { isUserId } from "#protocol/user-id.ts";
import { pageSchema, type RecipientBatch, readPage } from "../delivery/page.ts";
import { findMemberText } from "./member-text.ts";

/** A validated queue message. */
export type QueuedNotification =
  | { readonly kind: "connection"; readonly connectionId: string; readonly text: string }
  | { readonly kind: "user"; readonly userId: string; readonly text: string }
  | { readonly kind: "page"; readonly page: RecipientBatch };

/** A notification, or the problem of a message that no retry can deliver. */
export type ParsedNotification =
  | { readonly ok: true; readonly notification: QueuedNotification }
  | { readonly ok: false; readonly problem: string };

const toConnection = v.strictObject({ connectionId: v.pipe(v.string(), v.minLength(1)), data: v.unknown() });
const toUser = v.strictObject({ userId: v.pipe(v.string(), v.check(isUserId)), data: v.unknown() });

/** Parses the body of an SQS message. `data` is any JSON value, forwarded as source text. */
export function parseQueuedNotification(body: string): ParsedNotification {
  const message = parseJson(body);
  const connection = v.safeParse(toConnection, message);
  if (connection.success) {
    return accept({ kind: "connection", connectionId: connection.output.connectionId, text: dataText(body) });
  }
  const user = v.safeParse(toUser, message);
  if (user.success) return accept({ kind: "user", userId: user.output.userId, text: dataText(body) });
  // Without abortEarly, 1 MiB with an error in each row would produce gigabytes of issues.
  const page = v.safeParse(pageSchema, message, { abortEarly: true });
  if (page.success) return accept({ kind: "page", page: readPage(page.output) });
  return {
    ok: false,
    problem: `Expected {"connectionId":"…","data":…} or {"userId":"…","data":…}, got ${excerpt(body, 200)}`,
  };
}

/** Both schemas require `data`, so the fallback is never used. */
const dataText = (body: string) => findMemberText(body, "data") ?? "null";

const accept = (notification: QueuedNotification) => ({ ok: true, notification }) as const;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
