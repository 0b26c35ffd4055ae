import * as v from "valibot";
import { type Page, pageSchema, readPage } from "../fan-out/page.ts";
import { isUserId } from "../user-id.ts";

/** What a message of a queue asks for, checked. */
export type Notification =
  | { readonly kind: "connection"; readonly connectionId: string; readonly text: string }
  | { readonly kind: "user"; readonly userId: string; readonly text: string }
  | { readonly kind: "page"; readonly page: Page };

/** A notification, or what is wrong with it: such a message can never succeed. */
export type ParsedNotification =
  | { readonly ok: true; readonly notification: Notification }
  | { readonly ok: false; readonly problem: string };

const toConnection = v.strictObject({ connectionId: v.pipe(v.string(), v.minLength(1)), data: v.unknown() });
const toUser = v.strictObject({ userId: v.pipe(v.string(), v.check(isUserId)), data: v.unknown() });

/** What the body of an SQS message asks for. `data` is any JSON value, which is sent as it is. */
export function parseNotification(body: string): ParsedNotification {
  const message = parseJson(body);
  const connection = v.safeParse(toConnection, message);
  if (connection.success && connection.output.data !== undefined) {
    const { connectionId, data } = connection.output;
    return accept({ kind: "connection", connectionId, text: JSON.stringify(data) });
  }
  const user = v.safeParse(toUser, message);
  if (user.success && user.output.data !== undefined) {
    const { userId, data } = user.output;
    return accept({ kind: "user", userId, text: JSON.stringify(data) });
  }
  const page = v.safeParse(pageSchema, message);
  if (page.success) return accept({ kind: "page", page: readPage(page.output) });
  return {
    ok: false,
    problem: `Expected {"connectionId":"…","data":…} or {"userId":"…","data":…}, got ${body.slice(0, 200)}`,
  };
}

const accept = (notification: Notification) => ({ ok: true, notification }) as const;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
