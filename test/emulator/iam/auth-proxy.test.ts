/* Authentication and authorization by the auth proxy. Does not prove the error messages of AWS. */
import { expect, test } from "vitest";
import { ManualClock } from "#emulator/clock.ts";
import { createAuthProxy } from "#emulator/iam/auth-proxy.ts";
import { createDecide } from "#emulator/iam/evaluate-policies.ts";
import { createPrincipals } from "#emulator/iam/principals.ts";
import type { DeclaredRole } from "#emulator/iam/roles.ts";
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

/** An auth proxy with two functions and the operator as principals, and the reported lines. */
function build() {
  const reported: string[] = [];
  const clock = new ManualClock(AT.getTime());
  const principals = createPrincipals(ROLES.map((role) => ({ name: `${role.logicalName}-f1`, role })));
  const authProxy = createAuthProxy({
    service: SERVICE,
    region: REGION,
    principals,
    decide: createDecide(ACCOUNT),
    report: (line) => reported.push(line),
    clock,
  });
  const body = Buffer.from("{}");
  const credentialsOf = (name: string) =>
    name === "operator" ? principals.operator : principals.credentialsOf(`${name}-f1`);
  const send = async (name: string, call: typeof PAGE) =>
    await authProxy.authorizeRequest(await sign({ body }, credentialsOf(name)), body, call);
  return { send, authProxy, principals, clock, reported };
}

const denied = (role: string, { action, resource }: typeof PAGE, reason: string) => ({
  allowed: false,
  statusCode: 403,
  errorType: "AccessDeniedException",
  message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/${role}-r1/${role}-f1 is not authorized to perform: ${action} on resource: ${resource} ${reason}`,
});

test("a call that the role allows is allowed, and usedStatements contains each statement once", async () => {
  const { send, authProxy, reported } = build();
  expect(await send("publish", PAGE)).toEqual({ allowed: true });
  expect(await send("publish", PAGE)).toEqual({ allowed: true });
  expect(await send("notify", RECEIVE)).toEqual({ allowed: true });
  expect(authProxy.usedStatements()).toEqual([
    { role: "publish", statement: 1 },
    { role: "notify", statement: 0 },
  ]);
  expect(reported).toEqual([]);
});

test("a call without permission is refused each time, and the statement to add is reported once", async () => {
  const { send, authProxy, reported } = build();
  const expected = denied(
    "publish",
    USER,
    "because no identity-based policy allows the sqs:SendMessage action",
  );
  expect(await send("publish", USER)).toEqual(expected);
  expect(await send("publish", USER)).toEqual(expected);
  expect(reported).toEqual([
    `Role publish lacks {"Effect":"Allow","Action":"sqs:SendMessage","Resource":"${USER.resource}"}`,
  ]);
  expect(authProxy.usedStatements()).toEqual([]);
});

test("a call that the role denies explicitly is refused and reported as forbidden", async () => {
  const { send, reported } = build();
  expect(await send("notify", USER)).toEqual(
    denied("notify", USER, "with an explicit deny in an identity-based policy"),
  );
  expect(reported).toEqual([`Role notify forbids sqs:SendMessage on ${USER.resource}`]);
});

test("every call of the operator is allowed, with credentials that have no session token", async () => {
  const { send, authProxy, principals } = build();
  expect(await send("operator", USER)).toEqual({ allowed: true });
  expect(Object.keys(principals.operator)).toEqual(["accessKeyId", "secretAccessKey"]);
  expect(authProxy.usedStatements()).toEqual([]);
});

test("a missing or expired signature is refused before permissions are evaluated", async () => {
  const { send, authProxy, clock, reported } = build();
  const statusCode = 403;
  expect(
    await authProxy.authorizeRequest({ method: "POST", url: "/", headers: {} }, undefined, PAGE),
  ).toEqual({
    allowed: false,
    statusCode,
    errorType: "MissingAuthenticationTokenException",
    message: "Missing Authentication Token",
  });
  clock.advance(6 * 60_000);
  expect(await send("publish", PAGE)).toEqual({
    allowed: false,
    statusCode,
    errorType: "InvalidSignatureException",
    message:
      "Signature expired: 20261121T010203Z is now earlier than 20261121T010303Z (20261121T010803Z - 5 min.)",
  });
  expect([reported, authProxy.usedStatements()]).toEqual([[], []]);
});

test("a request signed with credentials of another stack is refused", async () => {
  const { authProxy } = build();
  const otherCredentials = build().principals.credentialsOf("publish-f1");
  expect(await authProxy.authorizeRequest(await sign({}, otherCredentials), undefined, PAGE)).toEqual({
    allowed: false,
    statusCode: 403,
    errorType: "UnrecognizedClientException",
    message: "The security token included in the request is invalid.",
  });
});

test("each call after an authenticated handshake is authorized separately", async () => {
  const { authProxy, principals } = build();
  const verified = authProxy.authenticate(await sign({}, principals.credentialsOf("publish-f1")), undefined);
  if (!verified.ok) throw new Error(verified.message);
  const results = [
    await authProxy.authorize(verified.principal, PAGE),
    await authProxy.authorize(verified.principal, USER),
  ];
  expect(results.map(({ allowed }) => allowed)).toEqual([true, false]);
});

test("each function has separate credentials in the format of session credentials", () => {
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
