/* Who gets in at the doors of this machine's services. Does not prove that AWS words every refusal so. */
import { expect, test } from "vitest";
import { ManualClock } from "../../../local/clock.ts";
import { createDecide } from "../../../local/permissions/decide.ts";
import { createDoor } from "../../../local/permissions/door.ts";
import { createPrincipals } from "../../../local/permissions/principals.ts";
import type { DeclaredRole } from "../../../local/permissions/roles.ts";
import { AT, REGION, SERVICE, sign } from "./signing.ts";

const ACCOUNT = "123456789012";
const queue = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
const PAGE = { action: "sqs:SendMessage", resource: queue("page") };
const USER = { action: "sqs:SendMessage", resource: queue("user") };
const RECEIVE = { action: "sqs:ReceiveMessage", resource: queue("page") };

const declare = (name: string, ...statements: DeclaredRole["statements"]): DeclaredRole => ({
  arn: `arn:aws:iam::${ACCOUNT}:role/${name}-r1`,
  logicalName: name,
  statements,
  trust: [],
});
const ROLES = [
  declare(
    "publish",
    { Effect: "Allow", Action: "sqs:SendMessage", Resource: queue("connection") },
    { Effect: "Allow", Action: "sqs:SendMessage", Resource: queue("page") },
  ),
  declare(
    "notify",
    { Effect: "Allow", Action: "sqs:*", Resource: "*" },
    {
      Effect: "Deny",
      Action: "sqs:SendMessage",
      Resource: queue("user"),
    },
  ),
];

/** A door with two functions before it, what it reported, and how each of them and the operator asks to be let in. */
function build() {
  const reported: string[] = [];
  const clock = new ManualClock(AT.getTime());
  const principals = createPrincipals(ROLES.map((role) => ({ name: `${role.logicalName}-f1`, role })));
  const door = createDoor({
    service: SERVICE,
    region: REGION,
    principals,
    decide: createDecide(ACCOUNT),
    report: (line) => reported.push(line),
    clock,
  });
  const body = Buffer.from("{}");
  const credentialsOf = (who: string) =>
    who === "operator" ? principals.operator : principals.credentialsOf(`${who}-f1`);
  const ask = async (who: string, call: typeof PAGE) =>
    await door.admit(await sign({ body }, credentialsOf(who)), body, call);
  return { ask, door, principals, clock, reported };
}

const denied = (role: string, { action, resource }: typeof PAGE, reason: string) => ({
  admitted: false,
  statusCode: 403,
  errorType: "AccessDeniedException",
  message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/${role}-r1/${role}-f1 is not authorized to perform: ${action} on resource: ${resource} ${reason}`,
});

test("a function is let in to what its role allows, and the statements that were used are told once each", async () => {
  const { ask, door, reported } = build();
  expect(await ask("publish", PAGE)).toEqual({ admitted: true });
  expect(await ask("publish", PAGE)).toEqual({ admitted: true });
  expect(await ask("notify", RECEIVE)).toEqual({ admitted: true });
  expect(door.usedStatements()).toEqual([
    { role: "publish", statement: 1 },
    { role: "notify", statement: 0 },
  ]);
  expect(reported).toEqual([]);
});

test("what a role does not allow is refused each time, and what is missing is reported once", async () => {
  const { ask, door, reported } = build();
  const refusal = denied(
    "publish",
    USER,
    "because no identity-based policy allows the sqs:SendMessage action",
  );
  expect(await ask("publish", USER)).toEqual(refusal);
  expect(await ask("publish", USER)).toEqual(refusal);
  expect(reported).toEqual([
    `Role publish lacks {"Effect":"Allow","Action":"sqs:SendMessage","Resource":"${USER.resource}"}`,
  ]);
  expect(door.usedStatements()).toEqual([]);
});

test("what a role forbids is refused and reported as forbidden", async () => {
  const { ask, reported } = build();
  expect(await ask("notify", USER)).toEqual(
    denied("notify", USER, "with an explicit deny in an identity-based policy"),
  );
  expect(reported).toEqual([`Role notify forbids sqs:SendMessage on ${USER.resource}`]);
});

test("the operator of the machine may do everything, with a key that needs no session", async () => {
  const { ask, door, principals } = build();
  expect(await ask("operator", USER)).toEqual({ admitted: true });
  expect(Object.keys(principals.operator)).toEqual(["accessKeyId", "secretAccessKey"]);
  expect(door.usedStatements()).toEqual([]);
});

test("a signature that is not to be believed is refused before anything is decided", async () => {
  const { ask, door, clock, reported } = build();
  const statusCode = 403;
  expect(await door.admit({ method: "POST", url: "/", headers: {} }, undefined, PAGE)).toEqual({
    admitted: false,
    statusCode,
    errorType: "MissingAuthenticationTokenException",
    message: "Missing Authentication Token",
  });
  clock.advance(6 * 60_000);
  expect(await ask("publish", PAGE)).toEqual({
    admitted: false,
    statusCode,
    errorType: "InvalidSignatureException",
    message:
      "Signature expired: 20261121T010203Z is now earlier than 20261121T010303Z (20261121T010803Z - 5 min.)",
  });
  expect([reported, door.usedStatements()]).toEqual([[], []]);
});

test("credentials of another stack are unknown", async () => {
  const { door } = build();
  const stranger = build().principals.credentialsOf("publish-f1");
  expect(await door.admit(await sign({}, stranger), undefined, PAGE)).toEqual({
    admitted: false,
    statusCode: 403,
    errorType: "UnrecognizedClientException",
    message: "The security token included in the request is invalid.",
  });
});

test("after one handshake, each call is decided for itself", async () => {
  const { door, principals } = build();
  const identified = door.identify(await sign({}, principals.credentialsOf("publish-f1")), undefined);
  if (!identified.ok) throw new Error(identified.message);
  const answers = [
    await door.authorize(identified.principal, PAGE),
    await door.authorize(identified.principal, USER),
  ];
  expect(answers.map(({ admitted }) => admitted)).toEqual([true, false]);
});

test("each function has credentials of its own, in the form of a session's", () => {
  const { principals } = build();
  const { accessKeyId, secretAccessKey, sessionToken } = principals.credentialsOf("notify-f1");
  expect(accessKeyId).toMatch(/^ASIA[0-9A-F]{16}$/);
  expect([secretAccessKey.length, sessionToken.length]).toEqual([40, 80]);
  expect(principals.find(accessKeyId)).toMatchObject({
    kind: "function",
    functionName: "notify-f1",
    role: ROLES[1],
  });
  expect(principals.find(principals.operator.accessKeyId)).toMatchObject({ kind: "operator" });
  expect(principals.find("ASIA0")).toBeUndefined();
  expect(() => principals.credentialsOf("sweep-f1")).toThrow(
    new Error("Expected a function of this program (publish-f1, notify-f1), got sweep-f1."),
  );
});
