/** The response of a WebSocket API authorizer: an IAM policy and the context for the `$connect` handler. */
export interface PolicyResponse {
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

/** The response of an HTTP API authorizer with simple responses. */
export interface SimpleResponse {
  readonly isAuthorized: boolean;
  readonly context?: { readonly userId: string };
}

/**
 * Allows `userId` to connect; denies when it is `undefined`, and API Gateway returns 403.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 */
export function policyResponse(methodArn: string, userId: string | undefined): PolicyResponse {
  return {
    // Required by API Gateway, and unused with Deny.
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
 * Allows `userId` to publish; denies when it is `undefined`, and API Gateway returns 403.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 */
export function simpleResponse(userId: string | undefined): SimpleResponse {
  return userId === undefined ? { isAuthorized: false } : { isAuthorized: true, context: { userId } };
}
