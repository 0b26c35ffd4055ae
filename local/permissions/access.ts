import { systemClock } from "../clock.ts";
import type { Report } from "../gateway/model.ts";
import type { DeclaredProgram } from "../program/declared.ts";
import { ACCOUNT_ID } from "../program/invent-outputs.ts";
import type { DeclaredFunction } from "../program/read-functions.ts";
import { createDecide } from "./decide.ts";
import { createDoor, type Door, type UsedStatement } from "./door.ts";
import { createPrincipals, type KeyPair, type SessionCredentials } from "./principals.ts";
import { readFunctionRoles, readRoles } from "./read-roles.ts";
import type { DeclaredRole } from "./roles.ts";

/** Who may do what on this machine: by the roles that the program declares, as IAM would decide. */
export interface Access {
  /** Of who runs this machine, and may do everything. */
  readonly operator: KeyPair;
  /** Of a function, by its ARN without a qualifier. */
  credentialsOf(functionArn: string): SessionCredentials;
  /** @throws {Error} when the program has no such function. */
  roleOf(functionArn: string): DeclaredRole;
  /** @throws {Error} when the program has no such role. */
  role(roleArn: string): DeclaredRole;
  /** A door of a service: `execute-api`, `sqs`, `lambda`, `neptune-db`. */
  door(service: string): Door;
  /** The statements that have let a call in so far, each once. */
  usedStatements(): readonly UsedStatement[];
}

export interface AccessOptions {
  readonly region: string;
  /** Told of every missing permission, once. */
  readonly report: Report;
}

/** @throws {Error} for roles that are not declared in a way that is served here. */
export function createAccess(
  program: DeclaredProgram,
  functions: readonly DeclaredFunction[],
  { region, report }: AccessOptions,
): Access {
  const roles = readRoles(program);
  const byFunction = readFunctionRoles(program, roles);
  const roleOf = (functionArn: string) => expectRole(byFunction.get(functionArn), `function ${functionArn}`);
  const principals = createPrincipals(functions.map(({ name, arn }) => ({ name, role: roleOf(arn) })));
  const decide = createDecide(ACCOUNT_ID);
  const doors: Door[] = [];
  return {
    operator: principals.operator,
    credentialsOf: (functionArn) =>
      principals.credentialsOf(functions.find(({ arn }) => arn === functionArn)?.name ?? functionArn),
    roleOf,
    role: (roleArn) =>
      expectRole(
        roles.find(({ arn }) => arn === roleArn),
        roleArn,
      ),
    door(service) {
      // Signatures are of the time in which they were made, whatever clock connections live by.
      const door = createDoor({ service, region, principals, decide, report, clock: systemClock });
      doors.push(door);
      return door;
    },
    usedStatements: () => doors.flatMap((door) => door.usedStatements()),
  };
}

function expectRole(role: DeclaredRole | undefined, of: string): DeclaredRole {
  if (role) return role;
  throw new Error(`Expected the program to declare the role of ${of}.`);
}
