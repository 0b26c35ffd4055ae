import type { Report } from "../apigateway/model.ts";
import { systemClock } from "../clock.ts";
import type { DeclaredProgram } from "../program/declared.ts";
import type { DeclaredFunction } from "../program/read-functions.ts";
import { ACCOUNT_ID } from "../program/synthesize-outputs.ts";
import { type AuthProxy, createAuthProxy, type UsedStatement } from "./auth-proxy.ts";
import { createDecide } from "./evaluate-policies.ts";
import { createPrincipals, type KeyPair, type SessionCredentials } from "./principals.ts";
import { readFunctionRoles, readRoles } from "./read-roles.ts";
import type { DeclaredRole } from "./roles.ts";

/** Credentials and authorization of the local stack, evaluated from the declared IAM roles. */
export interface Access {
  /** Credentials of the local operator. Every action is allowed. */
  readonly operator: KeyPair;
  /** @param functionArn unqualified. */
  credentialsOf(functionArn: string): SessionCredentials;
  /** @throws {Error} when the program has no such function. */
  roleOf(functionArn: string): DeclaredRole;
  /** @throws {Error} when the program has no such role. */
  role(roleArn: string): DeclaredRole;
  /** A new auth proxy for the service `execute-api`, `sqs`, `lambda`, `neptune-db`, `ec2` or `logs`. */
  authProxy(service: string): AuthProxy;
  /** The policy statements that have allowed a call so far, without duplicates. */
  usedStatements(): readonly UsedStatement[];
}

export interface AccessOptions {
  readonly region: string;
  /** Called once for each missing permission. */
  readonly report: Report;
}

/** @throws {Error} when a role or policy uses an unsupported feature. */
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
  const authProxies: AuthProxy[] = [];
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
    authProxy(service) {
      // The real clock, not the injected one, because clients sign with the real time.
      const authProxy = createAuthProxy({ service, region, principals, decide, report, clock: systemClock });
      authProxies.push(authProxy);
      return authProxy;
    },
    usedStatements: () => authProxies.flatMap((authProxy) => authProxy.usedStatements()),
  };
}

function expectRole(role: DeclaredRole | undefined, name: string): DeclaredRole {
  if (role) return role;
  throw new Error(
    `Expected a role declared by the program, got none for ${name}. Declare it in the program.`,
  );
}
