/* How event source mappings are read from a program. Does not prove that Lambda accepts the same ones. */
import { expect, test } from "vitest";
import { readMappings } from "#emulator/program/read-mappings.ts";
import { declareFunction, FUNCTION_ARN } from "../declare-function.ts";
import { program, QUEUE } from "./declared.ts";

const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";
const QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:q";

const read = (properties: Readonly<Record<string, unknown>>, queue: Readonly<Record<string, unknown>> = {}) =>
  readMappings(
    program(
      [QUEUE, "q", "q1", { name: "q", arn: QUEUE_ARN, ...queue }],
      [
        MAPPING,
        "m",
        "m1",
        { eventSourceArn: QUEUE_ARN, functionName: `${FUNCTION_ARN}:next`, ...properties },
      ],
    ),
    [declareFunction({ timeoutSeconds: 30 })],
  );

test("readMappings returns a mapping with its limits", () => {
  const functionResponseTypes = ["ReportBatchItemFailures"];
  const scalingConfig = { maximumConcurrency: 2 };
  const limits = { batchSize: 11, maximumBatchingWindowInSeconds: 1 };
  expect(read({ ...limits, scalingConfig, functionResponseTypes })).toEqual([
    {
      logicalName: "m",
      queueArn: QUEUE_ARN,
      functionArn: `${FUNCTION_ARN}:next`,
      batchSize: 11,
      windowSeconds: 1,
      maximumConcurrency: 2,
      reportsFailures: true,
    },
  ]);
});

test("readMappings fills missing settings with the defaults of Lambda", () => {
  expect(read({})).toEqual([
    {
      logicalName: "m",
      queueArn: QUEUE_ARN,
      functionArn: `${FUNCTION_ARN}:next`,
      batchSize: 10,
      windowSeconds: 0,
      maximumConcurrency: undefined,
      reportsFailures: false,
    },
  ]);
});

const outOfRange = (property: string, range: string, value: unknown) =>
  `Expected ${property} to be a whole number from ${range}, got ${JSON.stringify(value)}.`;

test.each<[Readonly<Record<string, unknown>>, string]>([
  [{ batchSize: 0 }, outOfRange(`batchSize of ${MAPPING} m`, "1 to 10000", 0)],
  [{ batchSize: 10_001 }, outOfRange(`batchSize of ${MAPPING} m`, "1 to 10000", 10_001)],
  [
    { batchSize: 11 },
    `Expected maximumBatchingWindowInSeconds of ${MAPPING} m to be at least 1, because its batchSize is above 10, got 0.`,
  ],
  [
    { maximumBatchingWindowInSeconds: 301 },
    outOfRange(`maximumBatchingWindowInSeconds of ${MAPPING} m`, "0 to 300", 301),
  ],
  ...[1, 1_001, 2.5].map(
    (maximumConcurrency) =>
      [
        { scalingConfig: { maximumConcurrency } },
        outOfRange(`maximumConcurrency of ${MAPPING} m.scalingConfig`, "2 to 1000", maximumConcurrency),
      ] satisfies [object, string],
  ),
  [
    { functionResponseTypes: ["Other"] },
    `Expected functionResponseTypes of ${MAPPING} m to be ReportBatchItemFailures, got Other.`,
  ],
  [
    { eventSourceArn: "arn:elsewhere" },
    `Expected eventSourceArn of ${MAPPING} m to be the ARN of a queue of this program, got arn:elsewhere.`,
  ],
  ...["watch", `${FUNCTION_ARN}:stale`].map(
    (functionName) =>
      [
        { functionName },
        `Expected functionName of ${MAPPING} m to be the ARN of a function of this program or of its alias, got ${functionName}.`,
      ] satisfies [object, string],
  ),
  [
    { filterCriteria: {}, enabled: false },
    `The local stack does not serve filterCriteria, enabled of ${MAPPING} m. Serve it in emulator/program/read-mappings.ts.`,
  ],
])("readMappings throws for %j", (properties, message) => {
  expect(() => read(properties)).toThrow(new Error(message));
});

test("readMappings throws for a visibility timeout below the function timeout, as Lambda does", () => {
  expect(read({}, { visibilityTimeoutSeconds: 30 })).toHaveLength(1);
  expect(() => read({}, { visibilityTimeoutSeconds: 29 })).toThrow(
    new Error("Expected the visibility timeout of q to be at least the timeout of watch, 30 s, got 29 s."),
  );
});
