import { LambdaFunction, type LambdaFunctionArgs } from "#infra/lambda-function.ts";

/** A real LambdaFunction with a minimal bundle; `over` replaces single arguments. */
export function smallFunction(name: string, over: Partial<LambdaFunctionArgs> = {}): LambdaFunction {
  return new LambdaFunction(name, {
    description: "Answers",
    entry: "test/infra/fixtures/small-function.ts",
    environment: {},
    statements: [],
    vpc: { subnetIds: ["subnet-1", "subnet-2"], securityGroupId: "sg-lambda" },
    timeoutSeconds: 28,
    memoryMb: 512,
    concurrency: 0,
    logRetentionDays: 14,
    ...over,
  });
}
