/** What a WebSocket API's authorizer answers: an IAM policy, and what the `$connect` handler is told. */
export interface PolicyAnswer {
  readonly principalId: string;
  readonly policyDocument: {
    readonly Version: "2012-10-17";
    readonly Statement: readonly [
      {
        readonly Action: "execute-api:Invoke";
        readonly Effect: "Allow" | "Deny";
        readonly Resource: string;
      },
    ];
  };
  readonly context?: { readonly userId: string };
}

/** What an HTTP API's authorizer with simple responses answers. */
export interface SimpleAnswer {
  readonly isAuthorized: boolean;
  readonly context?: { readonly userId: string };
}

/**
 * The answer that lets `userId` connect, or nobody, which API Gateway answers with 403.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 */
export function policyAnswer(methodArn: string, userId: string | undefined): PolicyAnswer {
  return {
    // It has to be there, though with Deny nobody reads it.
    principalId: userId ?? "unknown",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [
        {
          Action: "execute-api:Invoke",
          Effect: userId === undefined ? "Deny" : "Allow",
          Resource: methodArn,
        },
      ],
    },
    ...(userId !== undefined && { context: { userId } }),
  };
}

/**
 * The answer that lets `userId` publish, or nobody, which API Gateway answers with 403.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 */
export function simpleAnswer(userId: string | undefined): SimpleAnswer {
  return userId === undefined ? { isAuthorized: false } : { isAuthorized: true, context: { userId } };
}
