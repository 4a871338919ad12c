// The app as its users see it: processes of its own, over HTTP, on a real database and a real Redis.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { skip, startApp } from "../testing/app.mjs";

const order = readJson("../../inputs/order.json");
const expected = readJson("../../expected/order_fulfillment.json");
const shipment = { order_reference: "WEB-2026-10482", parcels: 3 };
const booking = { booking_id: "BK-7", pickup: "2026-12-01" };

function readJson(path) {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
}

function stepOf(task, name) {
  return task.steps.find((step) => step.name === name);
}

function resultsOf({ steps }) {
  return Object.fromEntries(steps.map(({ name, results }) => [name, results]));
}

/** A promise that the test keeps when it likes. */
function deferred() {
  const parts = {};
  parts.promise = new Promise((resolve) => (parts.resolve = resolve));
  return parts;
}

describe("the app", { skip }, () => {
  let app;
  before(async () => (app = await startApp()));
  after(() => app?.stop());

  test("an order is fulfilled", async () => {
    const { status, location, body } = await app.post("/orders", order);

    assert.equal(status, 202);
    assert.equal(location, `/orders/${body.task_id}`);
    const task = await app.ended(location);
    assert.equal(task.state, "complete");
    assert.equal(task.order_reference, order.order_reference);
    assert.deepEqual(resultsOf(task), expected);
  });

  test("a payment that fails is tried again", async () => {
    const task = await app.run("/orders", { ...order, payment: { ...order.payment, fail_attempts: 1 } });

    assert.equal(task.state, "complete");
    assert.equal(stepOf(task, "charge_payment").attempts, 2);
  });

  test("the same idempotency key gives the first task", async () => {
    const headers = { "Idempotency-Key": randomUUID() };
    const first = await app.post("/orders", order, headers);
    const second = await app.post("/orders", order, headers);

    assert.deepEqual([first.status, second.status], [202, 200]);
    assert.equal(second.body.task_id, first.body.task_id);
  });

  test("an order that the schema refuses is answered with what is wrong", async () => {
    const { status, body } = await app.post("/orders", { ...order, tax_rate_basis_points: -1 });

    assert.equal(status, 422);
    assert.equal(body.error.code, "CONTEXT_INVALID");
    assert.equal(body.error.details.violations[0].pointer, "/tax_rate_basis_points");
  });

  test("a body that is not JSON is refused", async () => {
    const { status, body } = await app.post("/orders", "{");

    assert.equal(status, 400);
    assert.equal(body.error.code, "BODY_NOT_JSON");
  });

  test("what is not there is not found", async () => {
    const { body: other } = await app.post("/orders", order);

    for (const path of ["/orders/999999999", "/orders/abc", `/shipments/${other.task_id}`, "/nowhere"]) {
      const { status, body } = await app.get(path);
      assert.equal(status, 404, path);
      assert.match(body.error.code, /_NOT_FOUND$/);
    }
  });

  test("a shipment is booked, also where the carrier fails first", async () => {
    app.carrier.answers([503, {}], [201, booking]);

    const task = await app.run("/shipments", shipment);

    assert.equal(task.state, "complete");
    assert.equal(stepOf(task, "book_carrier").attempts, 2);
    assert.deepEqual(stepOf(task, "book_carrier").results, booking);
    assert.match(stepOf(task, "announce_shipment").results.text, /WEB-2026-10482: 3 parcels booked as BK-7/);
    const [first, second] = app.carrier.requests;
    assert.match(first.key, new RegExp(`^tasker-${task.task_id}-\\d+$`));
    assert.deepEqual(first, { path: "/bookings", key: first.key, body: shipment });
    assert.deepEqual(second, first);
  });

  test("a shipment that the carrier refuses fails at once", async () => {
    app.carrier.answers([404, {}]);

    const task = await app.run("/shipments", shipment);

    assert.equal(task.state, "error");
    const { attempts, error } = stepOf(task, "book_carrier");
    assert.deepEqual([attempts, error.error_code], [1, "HTTP_404"]);
    assert.match(error.message, /POST .*\/bookings: status 404/);
  });

  test("another worker goes on where one was killed", async () => {
    const never = deferred();
    app.carrier.answers(never.promise, [201, booking]);
    const { location } = await app.post("/shipments", shipment);
    await app.carrier.asked();
    const killed = app.worker;
    app.worker = app.start("worker");

    killed.kill("SIGKILL");

    assert.deepEqual(await killed.exited, [null, "SIGKILL"]);
    const task = await app.ended(location);
    assert.equal(task.state, "complete");
    assert.equal(stepOf(task, "book_carrier").attempts, 2);
  });

  test("a worker that is stopped finishes what it runs", async () => {
    const answer = deferred();
    app.carrier.answers(answer.promise);
    const { location } = await app.post("/shipments", shipment);
    await app.carrier.asked();
    const stopped = app.worker;
    app.worker = app.start("worker");

    stopped.kill("SIGTERM");
    answer.resolve([201, booking]);

    assert.deepEqual(await stopped.exited, [0, null]);
    const task = await app.ended(location);
    assert.equal(task.state, "complete");
    assert.equal(stepOf(task, "book_carrier").attempts, 1);
  });
});
