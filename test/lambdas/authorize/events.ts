/* Authorizer events as sent by API Gateway, including fields that the authorizer ignores. */
export const METHOD_ARN = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/development/$connect";
export const ROUTE_ARN = "arn:aws:execute-api:us-east-1:123456789012:f6g7h8i9j0/development/POST/";

type Headers = Readonly<Record<string, string>>;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html */
export const connectEvent = (headers: Headers) => ({
  type: "REQUEST",
  methodArn: METHOD_ARN,
  headers: { Connection: "upgrade", Host: "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com", ...headers },
  multiValueHeaders: { Connection: ["upgrade"] },
  queryStringParameters: {},
  stageVariables: {},
  requestContext: { routeKey: "$connect", eventType: "CONNECT", stage: "development" },
});

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html */
export const httpEvent = (headers: Headers) => ({
  version: "2.0",
  type: "REQUEST",
  routeArn: ROUTE_ARN,
  identitySource: Object.values(headers),
  routeKey: "POST /",
  rawPath: "/development/",
  rawQueryString: "",
  headers: { host: "f6g7h8i9j0.execute-api.us-east-1.amazonaws.com", ...headers },
  requestContext: { http: { method: "POST", path: "/development/" }, stage: "development" },
});
