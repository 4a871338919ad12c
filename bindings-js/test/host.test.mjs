// What a handler reaches through its host: log, heartbeat, checkpoint, HTTP.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  ApiStepHandler,
  HttpResponse,
  PermanentError,
  RetryableError,
  StepCancelled,
  StepHandler,
  TaskerError,
  http,
} from "tasker";

const bind = Symbol.for("tasker.bind");

class Charge extends StepHandler {}

/** Runs the code with console.error replaced, and gives the lines that it wrote. */
function linesOf(code) {
  const lines = [];
  const original = console.error;
  console.error = (...parts) => lines.push(parts.join(" "));
  try {
    code();
  } finally {
    console.error = original;
  }
  return lines;
}

describe("logger", () => {
  test("passes level, message and fields to the host", () => {
    const got = [];
    const { logger } = new Charge()[bind]({ log: (...line) => got.push(line) });

    logger.debug("looks");
    logger.info("charged", { cents: 950 });
    logger.warn("slow", { ms: 20 });
    logger.error(new RangeError("broken"));

    assert.deepEqual(got, [
      ["debug", "looks", null],
      ["info", "charged", { cents: 950 }],
      ["warn", "slow", { ms: 20 }],
      ["error", "RangeError: broken", null],
    ]);
  });

  test("outside an engine writes one line to standard error", () => {
    const fields = { cents: 950, by: "Ann B", ok: true, none: null, list: [1], why: new Error("x"), big: 1n };

    const [line, ...more] = linesOf(() => new Charge().logger.info("charged\nagain", fields));

    assert.equal(line, 'INFO charged again cents=950 by="Ann B" ok=true none=null list=[1] why="Error: x" big=1');
    assert.deepEqual(more, []);
  });

  test("never raises", () => {
    const evil = new Proxy({}, { get: () => assert.fail("read"), ownKeys: () => assert.fail("listed") });
    const cycle = {};
    cycle.self = cycle;
    const broken = new Charge()[bind]({ log: () => { throw new Error("no log"); } });

    const lines = linesOf(() => {
      new Charge().logger.info(evil, evil);
      new Charge().logger.info("cycle", { cycle });
      new Charge().logger.warn("plain", "text");
      new Charge().logger.warn("symbol", Symbol("s"));
      broken.logger.error("still told", new Error("cause"));
      new Charge()[bind]({}).logger.info("no log in the host");
    });

    assert.deepEqual(lines, [
      "INFO cycle cycle=[object Object]",
      "WARN plain value=text",
      "WARN symbol value=Symbol(s)",
      'ERROR still told error="Error: cause"',
      "INFO no log in the host",
    ]);
  });

  test("is one object per handler, and can be replaced", () => {
    const handler = new Charge();
    assert.equal(handler.logger, handler.logger);

    handler.logger = console;
    assert.equal(handler.logger, console);
  });
});

describe("heartbeat and checkpoint", () => {
  test("a heartbeat with a checkpoint differs from one without, and null is a checkpoint", () => {
    const got = [];
    const handler = new Charge()[bind]({ heartbeat: (checkpoint) => void got.push(checkpoint) });

    handler.heartbeat();
    handler.heartbeat(null);
    handler.heartbeat({ page: 3 });

    assert.deepEqual(got, [undefined, null, { page: 3 }]);
  });

  test("the checkpoint is what the host kept, or null", () => {
    assert.deepEqual(new Charge()[bind]({ checkpoint: () => ({ page: 3 }) }).checkpoint(), { page: 3 });
    assert.equal(new Charge()[bind]({ checkpoint: () => undefined }).checkpoint(), null);
  });

  test("isCancelled asks the host", () => {
    assert.equal(new Charge()[bind]({ isCancelled: () => true }).isCancelled(), true);
  });

  test("a cancelled attempt hears of it in its heartbeat", () => {
    const handler = new Charge()[bind]({ heartbeat: () => { throw new StepCancelled(); } });

    assert.throws(() => handler.heartbeat(), (error) => {
      assert.ok(error instanceof StepCancelled && error instanceof TaskerError);
      assert.equal(error.name, "StepCancelled");
      assert.equal(error.message, "the attempt was cancelled");
      return true;
    });
  });

  test("without a host they say what to do", () => {
    for (const method of ["heartbeat", "checkpoint", "isCancelled"]) {
      assert.throws(() => new Charge()[method](), {
        name: "TaskerError",
        message: new RegExp(`Charge is not running in an engine, so ${method}\\(\\).*tasker\\.bind`),
      });
    }
  });

  test("a host without the method is told apart from none", () => {
    assert.throws(() => new Charge()[bind]({}).heartbeat(), {
      name: "TaskerError",
      message: /the host given to Charge has no heartbeat/,
    });
  });
});

describe("http", () => {
  const ANSWER = { status: 201, headers: { "content-type": "application/json" }, text: '{"id":7}', url: "http://a/b" };

  function answering(answer = ANSWER) {
    const requests = [];
    const host = {
      http: (request) => {
        requests.push(request);
        return answer;
      },
    };
    return { requests, handler: new Charge()[bind](host), host };
  }

  test("each method sends its request", async () => {
    const { requests, handler } = answering();
    const options = { headers: { a: "b" }, params: { q: 1 }, timeout: 2.5 };

    await handler.http.get("http://a/b", options);
    await handler.http.head("http://a/b");
    await handler.http.post("http://a/b", { json: [1] });
    await handler.http.put("http://a/b", { body: "text" });
    await handler.http.patch("http://a/b", { json: null, headers: undefined });
    await handler.http.delete("http://a/b");
    await handler.http.request("options", new URL("http://a/b"));

    const url = "http://a/b";
    assert.deepEqual(requests, [
      { method: "GET", url, headers: { a: "b" }, params: { q: 1 }, timeout_seconds: 2.5 },
      { method: "HEAD", url },
      { method: "POST", url, json: [1] },
      { method: "PUT", url, body: "text" },
      { method: "PATCH", url, json: null },
      { method: "DELETE", url },
      { method: "OPTIONS", url },
    ]);
  });

  test("a response is a read-only view", async () => {
    const response = await answering().handler.http.get("http://a/b");

    assert.ok(response instanceof HttpResponse);
    assert.deepEqual([response.status, response.ok, response.text, response.url], [201, true, '{"id":7}', "http://a/b"]);
    assert.equal(response.headers["content-type"], "application/json");
    assert.deepEqual(response.json(), { id: 7 });
    assert.throws(() => { response.status = 500; }, TypeError);
  });

  test("only 200 to 299 is ok", () => {
    const oks = [199, 200, 299, 300, 404].map((status) => new HttpResponse({ status }).ok);

    assert.deepEqual(oks, [false, true, true, false, false]);
  });

  test("a body that is no JSON raises", () => {
    assert.throws(() => new HttpResponse({ status: 200, text: "<html>" }).json(), SyntaxError);
  });

  test("a host may answer later, and may fail", async () => {
    assert.equal((await answering(Promise.resolve(ANSWER)).handler.http.get("http://a/b")).status, 201);

    const handler = new Charge()[bind]({ http: () => { throw new RetryableError("no answer"); } });
    await assert.rejects(handler.http.get("http://a/b"), RetryableError);
  });

  test("an unknown option is refused", async () => {
    await assert.rejects(answering().handler.http.post("http://a/b", { data: 1 }), {
      name: "TypeError",
      message: "a request has no option data; it has headers, params, json, body, timeout",
    });
    await assert.rejects(answering().handler.http.get("http://a/b", 10), /options of a request must be an object, not 10/);
  });

  test("outside an engine every method rejects", async () => {
    await assert.rejects(new Charge().http.get("http://a/b"), {
      name: "TaskerError",
      message: /Charge is not running in an engine, so http\("http:\/\/a\/b"\)/,
    });
    await assert.rejects(http.get("http://a/b"), { name: "TaskerError", message: /http is not running in an engine/ });
  });

  test("the module's http is bound to what runs", async () => {
    const { host, requests } = answering();

    assert.equal(http[bind](host), http);
    await http.get("http://a/1");
    http[bind](() => host);
    await http.get("http://a/2");
    http[bind](null);

    assert.deepEqual(requests.map(({ url }) => url), ["http://a/1", "http://a/2"]);
    await assert.rejects(http.get("http://a/3"), TaskerError);
  });

  test("a handler's http can be replaced", () => {
    const handler = new Charge();
    assert.equal(handler.http, handler.http);

    handler.http = { get: () => 7 };
    assert.equal(handler.http.get(), 7);
  });
});

describe("ApiStepHandler", () => {
  class CreateLabel extends ApiStepHandler {
    call(task) {
      return this.client.post({ order: task.context.order });
    }
  }

  const TASK = { context: { order: 7 } };

  function api(check = () => {}) {
    const calls = [];
    const host = {
      apiSend: (...call) => {
        calls.push(["send", ...call]);
        return { status: 201, headers: {}, text: "{}", url: "http://a", index: calls.length };
      },
      apiCheck: (index) => {
        calls.push(["check", index]);
        check();
      },
      apiResults: (index) => ({ status: 201, index }),
    };
    return { calls, host };
  }

  test("sends, has the response checked, and stores the host's results", async () => {
    const { calls, host } = api();
    const handler = new CreateLabel()[bind](host);

    const response = await handler.process(TASK, null, null);

    assert.ok(response instanceof HttpResponse);
    assert.deepEqual(calls, [["send", "POST", null, { order: 7 }], ["check", 1]]);
    assert.deepEqual(handler.processResults(null, response, null), { status: 201, index: 1 });
  });

  test("results may be overridden", async () => {
    class Own extends CreateLabel {
      results(step, response, initialResults) {
        return [step.name, response.json(), initialResults];
      }
    }
    const handler = new Own()[bind](api().host);

    const response = await handler.process(TASK, null, null);

    assert.deepEqual(handler.processResults({ name: "label" }, response, 5), ["label", {}, 5]);
  });

  test("the client takes another method, address and no body", async () => {
    const { calls, host } = api();
    const { client } = new CreateLabel()[bind](host);

    await client.get();
    await client.get("/status");
    await client.post(null, "http://b");
    await client.send("put", { url: "http://c", json: [1] });
    await client.send("DELETE");

    assert.deepEqual(calls, [
      ["send", "GET", null, undefined],
      ["send", "GET", "/status", undefined],
      ["send", "POST", "http://b", null],
      ["send", "PUT", "http://c", [1]],
      ["send", "DELETE", null, undefined],
    ]);
    await assert.rejects(client.send("PUT", { body: "x" }), /no option body; it has url, json/);
  });

  test("what the host makes of the response is the step's failure", async () => {
    const { host } = api(() => { throw new PermanentError("gone", { errorCode: "HTTP_410" }); });

    await assert.rejects(new CreateLabel()[bind](host).process(TASK, null, null), { errorCode: "HTTP_410" });
  });

  test("without call, and without a response, it fails for good", async () => {
    class Bare extends ApiStepHandler {}
    class Forgets extends ApiStepHandler {
      async call() {}
    }

    await assert.rejects(new Bare().process(TASK, null, null), { errorCode: "CALL_MISSING" });
    await assert.rejects(new Forgets().process(TASK, null, null), {
      errorCode: "RESPONSE_MISSING",
      message: "Forgets.call must return a response of this.client, not undefined",
    });
  });

  test("outside an engine it says what to do", async () => {
    await assert.rejects(new CreateLabel().process(TASK, null, null), {
      name: "TaskerError",
      message: /CreateLabel is not running in an engine, so apiSend\(\)/,
    });
  });
});
