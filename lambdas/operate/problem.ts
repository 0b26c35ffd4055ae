/** What is wrong with an operation, in words for the operator. */
export interface Problem {
  readonly problem: string;
}

export const noUser = (userId: string): Problem => ({ problem: `There is no user ${userId}.` });
