// The examples of the README run as they stand there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { Sequence, Step, StepHandler, Task } from "tasker";

const LIBRARY = new URL("../tasker.mjs", import.meta.url);
const bind = Symbol.for("tasker.bind");

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const exported = {};
/** The programs with an engine begin with their name; see engine.test.mjs and bullmq.test.mjs. */
const isProgram = (code) => /^\/\/ \w+\.mjs\n/.test(code);
for (const [, code] of readme.matchAll(/^```js\n(.*?)^```$/gms)) {
  if (isProgram(code)) continue;
  const text = code.replaceAll('from "tasker"', `from "${LIBRARY}"`);
  Object.assign(exported, await import(`data:text/javascript,${encodeURIComponent(text)}`));
}

function call(handler, context, host, ancestors = {}) {
  const sequence = new Sequence({}, (name) => ancestors[name]);
  const bound = new exported[handler]()[bind]({ log() {}, publish() {}, ...host });
  return bound.process(new Task({ context }), sequence, new Step({ name: "step", inputs: context }));
}

describe("README", () => {
  test("the examples are handlers", () => {
    const names = Object.keys(exported);

    assert.deepEqual(names.sort(), [
      "ChargePayment",
      "CreateLabel",
      "ImportOrders",
      "ReadPrice",
      "ShipParcel",
      "sendReceipt",
    ]);
    for (const name of names) assert.ok(exported[name].prototype instanceof StepHandler, name);
  });

  test("the examples work", async () => {
    const beats = [];
    const answer = (text) => () => ({ status: 200, headers: {}, text, url: "https://api.example.com", index: 0 });
    const ancestors = { validate_cart: { results: { total_cents: 1250 } } };
    const payment = { token: "tok_1", currency: "EUR" };

    assert.deepEqual(call("ChargePayment", { payment }, {}, ancestors), { charged_cents: 1250, currency: "EUR" });
    assert.deepEqual(await call("sendReceipt", { email: "a@example.com" }), { sent: true });
    assert.deepEqual(call("ShipParcel", { order_id: 7 }), { shipped: true });
    const host = { checkpoint: () => ({ next: 1 }), heartbeat: (checkpoint) => void beats.push(checkpoint.next) };
    assert.deepEqual(call("ImportOrders", { pages: 3 }, host), { pages: 3 });
    assert.deepEqual(beats, [2, 3]);
    assert.deepEqual(await call("ReadPrice", { sku: "A-1" }, { http: answer('{"cents":950}') }), { cents: 950 });
    const response = await call("CreateLabel", { order_id: 7 }, { apiSend: answer('{"id":5}'), apiCheck() {} });
    assert.deepEqual(new exported.CreateLabel().processResults(null, response, null), { label_id: 5 });
  });
});
