/** The response to a failed operation: one sentence for the operator. */
export interface Problem {
  readonly problem: string;
}

export const userNotFound = (userId: string): Problem => ({ problem: `There is no user ${userId}.` });
