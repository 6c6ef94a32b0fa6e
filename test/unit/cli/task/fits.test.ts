import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { fits } from "../../../../cli/task/fits.ts";
import schema from "../../../../cli/task/task.schema.json" with { type: "json" };

test.each(["triage", "code-review"])("the example %s fits, so zod is not loaded for it", (name) => {
  const path = new URL(`../../../../docs/examples/${name}/task.yaml`, import.meta.url);
  expect(fits(schema, parse(readFileSync(path, "utf8")))).toBe(true);
});

const list = { type: "array", minItems: 1, maxItems: 2, items: { type: "integer", minimum: 0, maximum: 9 } };
const map = {
  type: "object",
  properties: { a: { const: 1 } },
  required: ["a"],
  additionalProperties: { enum: ["x"] },
  propertyNames: { pattern: "^[a-z]$", minLength: 1, maxLength: 1 },
};
const strict = { ...map, additionalProperties: false };
const defined = { $defs: { n: { type: ["null", "boolean"] } }, $ref: "#/$defs/n" };
const either = [{ type: "number", exclusiveMinimum: 0 }, { type: "integer" }];

test.each([
  [{}, undefined, true],
  [{ type: "number" }, Number.NaN, false],
  [{ type: "number" }, Number.POSITIVE_INFINITY, false],
  [{ type: "integer" }, 2 ** 53, false],
  [{ type: "string" }, "x", true],
  [{ type: "undefined" }, undefined, false],
  [list, [], false],
  [list, [0, 9], true],
  [list, [0, 10], false],
  [list, [0, 1, 2], false],
  [map, { a: 1, b: "x" }, true],
  [map, { a: 1, b: "y" }, false],
  [map, { a: 1, bb: "x" }, false],
  [map, { b: "x" }, false],
  [map, { a: 2 }, false],
  [strict, { a: 1 }, true],
  [strict, { a: 1, b: "x" }, false],
  [strict, { a: 1, constructor: "x" }, false],
  [strict, [], false],
  [defined, null, true],
  [defined, 0, false],
  [{ $ref: "#/$defs/none" }, 0, false],
  [{ anyOf: either }, 1, true],
  [{ oneOf: either }, 1, false],
  [{ oneOf: either }, 1.5, true],
  [{ anyOf: either }, "1", false],
  [{ uniqueItems: true }, [1], false],
  [{ items: { constructor: 1 } }, [1], false],
])("%j and %j", (given, value, expected) => expect(fits(given, value)).toBe(expected));
