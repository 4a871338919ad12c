// Whole numbers beyond 2^53 in the JSON of an embedded engine.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, test } from "node:test";

const { fromJson, writeJson } = createRequire(import.meta.url)("../engine/json.cjs");

describe("JSON of the engine", () => {
  test("whole numbers keep their value", () => {
    const text = "[9007199254740991,9007199254740993,-9223372036854775808,{\"n\":123456789012345678901234567890}]";

    const value = fromJson(text);

    assert.deepEqual(value, [9007199254740991, 9007199254740993n, -9223372036854775808n, { n: 123456789012345678901234567890n }]);
    assert.equal(writeJson(value), text);
  });

  test("other numbers are numbers", () => {
    const text = "[0.12345678901234567,1234567890123456.5,12345678901234567e3,1e-1234567890123456,-0.0,1000000000000000]";

    assert.deepEqual(fromJson(text), JSON.parse(text));
  });

  test("digits in texts and keys stay text", () => {
    const value = { "12345678901234567890": ["4111111111111111111", "\\", "a\\\"12345678901234567890,", "\",12345678901234567890"] };

    assert.deepEqual(fromJson(`[${JSON.stringify(value)},12345678901234567890]`), [value, 12345678901234567890n]);
  });

  test("a long text takes time in proportion to its length", { timeout: 20_000 }, () => {
    const texts = Array(200_000).fill("4111111111111111");

    assert.deepEqual(fromJson(JSON.stringify([...texts, "\\\""])), [...texts, "\\\""]);
  });
});
