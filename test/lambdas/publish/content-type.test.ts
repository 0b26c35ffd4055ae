import { expect, test } from "vitest";
import { checkContentType } from "#lambdas/publish/content-type.ts";

test.each([
  "application/x-www-form-urlencoded",
  "Application/X-WWW-Form-Urlencoded",
  "application/x-www-form-urlencoded; charset=utf-8",
  "application/x-www-form-urlencoded;charset=UTF-8",
  'application/x-www-form-urlencoded; charset="utf-8"',
  "application/x-www-form-urlencoded; charset=us-ascii",
  "application/x-www-form-urlencoded; boundary=x",
])("checkContentType accepts %s", (contentType) => {
  expect(checkContentType(contentType)).toBeUndefined();
});

test.each([undefined, "", "application/json", "multipart/form-data", "application/x-www-form-urlencoded2"])(
  "checkContentType rejects %s because it is not a form",
  (contentType) => {
    expect(checkContentType(contentType)).toBe("must use content type application/x-www-form-urlencoded");
  },
);

test.each([
  ["application/x-www-form-urlencoded; charset=iso-8859-1", "must use charset utf-8, not iso-8859-1"],
  ['application/x-www-form-urlencoded;charset="windows-1252"', "must use charset utf-8, not windows-1252"],
  ["application/x-www-form-urlencoded; charset=utf-16", "must use charset utf-8, not utf-16"],
  ["application/x-www-form-urlencoded; a=b; charset=", "must use charset utf-8, not "],
])("checkContentType rejects the charset of %s", (contentType, problem) => {
  expect(checkContentType(contentType)).toBe(problem);
});
