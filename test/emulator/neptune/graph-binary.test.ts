import graphBinary from "gremlin/lib/structure/io/binary/GraphBinary.js";
import { expect, test } from "vitest";
import { writeErrorResponse } from "#emulator/neptune/graph-binary.ts";

const ID = "01234567-89ab-cdef-0123-456789abcdef";

test("the client codec reads the request id, status and message of an error response", () => {
  expect(graphBinary.graphBinaryReader.readResponse(writeErrorResponse(ID, 403, "Nein: „ß“"))).toEqual({
    requestId: ID,
    status: { code: 403, message: "Nein: „ß“", attributes: new Map() },
    result: { meta: new Map(), data: null },
  });
});

test("an error response without a request id has a null id", () => {
  const { requestId, status } = graphBinary.graphBinaryReader.readResponse(
    writeErrorResponse(undefined, 400, ""),
  );
  expect([requestId, status.code, status.message]).toEqual([null, 400, ""]);
});
