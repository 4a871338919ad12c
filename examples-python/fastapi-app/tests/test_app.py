"""Drives the running app: its web process, a worker, and a carrier of the test's own."""

import json
import os
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

APP = Path(__file__).resolve().parent.parent
EXAMPLES = APP.parent
SERVICES = ("TASKER_DATABASE_URL", "REDIS_URL", "TASKER_RUNTIME")
LIMIT_SECONDS = 90
LEASE = {"TASKER_ENGINE__LEASE": "3s", "TASKER_REENQUEUE__REPEAT": "3s"}


class Carrier(ThreadingHTTPServer):
    """Answers each booking as ``answers`` says of its order: a status, or an event to wait for. Then with 200."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Booking)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.answers = {}
        self.bookings = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Booking(BaseHTTPRequestHandler):
    def do_POST(self):
        booking = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        order = booking["order_reference"]
        answers = self.server.answers.get(order, [])
        answer = answers.pop(0) if answers else 200
        self.server.bookings.append((self.path, booking, self.headers["Idempotency-Key"]))
        if isinstance(answer, threading.Event):
            answer.wait(LIMIT_SECONDS)
            return
        self.send_response(answer)
        self.end_headers()
        self.wfile.write(json.dumps({"booking": f"B-{order}"}).encode())

    def log_message(self, *_):
        pass


class Process:
    """One part of the app, as ``./start`` runs it."""

    def __init__(self, part, **environment):
        self.log = tempfile.TemporaryFile("w+")
        self.popen = subprocess.Popen(
            [APP / "start", part], env={**os.environ, **LEASE, **environment}, stdout=self.log, stderr=self.log
        )

    def stop(self):
        if self.popen.poll() is None:
            self.popen.terminate()
        try:
            return self.popen.wait(LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            raise
        finally:
            self.log.close()

    def kill(self):
        self.popen.kill()
        self.popen.wait(LIMIT_SECONDS)
        self.log.close()

    def output(self):
        self.log.seek(0)
        return self.log.read()


class AppTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        missing = [name for name in SERVICES if not os.environ.get(name)]
        if missing and os.environ.get("CI") != "true":
            raise unittest.SkipTest(f"{', '.join(missing)} not set; ../../bin/with-services sets them")
        assert not missing, missing
        cls.carrier = Carrier()
        cls.addClassCleanup(cls.carrier.server_close)
        cls.web, cls.url = cls.start_web()
        cls.worker = cls.start_worker()
        cls.addClassCleanup(lambda: cls.worker.stop())

    @classmethod
    def start_web(cls, **environment):
        port = free_port()
        web, url = Process("web", PORT=str(port), **environment), f"http://127.0.0.1:{port}"
        cls.addClassCleanup(web.stop)
        wait_until(lambda: is_up(url), lambda: f"the web process does not serve\n{web.output()}")
        return web, url

    @classmethod
    def start_worker(cls):
        return Process("worker", CARRIER_URL=cls.carrier.url, WORKER_CONCURRENCY="1")

    def request(self, path, body=None, headers=None, url=None):
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **(headers or {})}
        try:
            answer = urlopen(Request((url or self.url) + path, data, headers), timeout=LIMIT_SECONDS)
        except HTTPError as refused:
            answer = refused
        with answer:
            return answer.status, answer.headers, json.load(answer)

    def ended(self, path):
        """The task once it has ended."""
        shown = {}

        def has_ended():
            nonlocal shown
            _, _, shown = self.request(path)
            return shown["state"] in ("complete", "error")

        wait_until(has_ended, lambda: f"{path} does not end: {shown}\n{self.worker.output()}")
        return shown, {step["name"]: step for step in shown["steps"]}

    def test_an_order_is_fulfilled(self):
        status, headers, accepted = self.request("/orders", order())
        self.assertEqual((202, f"/orders/{accepted['task_id']}"), (status, headers["Location"]))

        shown, steps = self.ended(headers["Location"])

        self.assertEqual("complete", shown["state"], shown)
        self.assertEqual("WEB-2026-10482", shown["order_reference"])
        expected = json.loads((EXAMPLES / "expected" / "order_fulfillment.json").read_text())
        self.assertEqual(expected, {name: step["results"] for name, step in steps.items()})

    def test_a_payment_that_fails_is_tried_again(self):
        _, headers, _ = self.request("/orders", order(fail_attempts=1))

        shown, steps = self.ended(headers["Location"])

        self.assertEqual("complete", shown["state"], shown)
        self.assertEqual(2, steps["charge_payment"]["attempts"])
        self.assertEqual(1, steps["reserve_inventory"]["attempts"])

    def test_a_repeated_request_gives_the_first_task(self):
        key = {"Idempotency-Key": uuid.uuid4().hex}

        first = self.request("/orders", order(), key)
        second = self.request("/orders", order(), key)

        self.assertEqual([202, 200], [first[0], second[0]])
        self.assertEqual(first[2]["task_id"], second[2]["task_id"])
        self.assertEqual(first[1]["Location"], second[1]["Location"])

    def test_an_order_that_does_not_fit_is_refused(self):
        status, _, body = self.request("/orders", {"order_reference": 7})

        self.assertEqual((422, "CONTEXT_INVALID"), (status, body["error"]["code"]))
        pointers = [violation["pointer"] for violation in body["error"]["details"]["violations"]]
        self.assertIn("/order_reference", pointers)
        self.assertIn("/items", pointers)

    def test_a_body_that_is_no_json_object_is_refused(self):
        for body, expected in ((b"{", 400), (b"", 400), (b'{"x": NaN}', 400), (b"[1]", 422)):
            with self.subTest(body):
                status, _, answer = self.request("/orders", body)
                self.assertEqual({"code", "message", "details"}, set(answer["error"]))
                self.assertEqual(expected, status, answer)

    def test_a_task_of_another_kind_is_not_found(self):
        _, headers, accepted = self.request("/shipments", shipment())

        for path in (f"/orders/{accepted['task_id']}", "/orders/0", f"/orders/{2**70}", "/orders/x", "/nowhere"):
            with self.subTest(path):
                status, _, body = self.request(path)
                self.assertEqual({"code", "message", "details"}, set(body["error"]))
                self.assertEqual(404, status)
        self.assertEqual(200, self.request(headers["Location"])[0])

    def test_a_shipment_is_booked_and_announced(self):
        wanted = shipment(parcels=3)
        reference = wanted["order_reference"]
        self.carrier.answers[reference] = [503]

        _, headers, accepted = self.request("/shipments", wanted)
        shown, steps = self.ended(headers["Location"])

        self.assertEqual("complete", shown["state"], shown)
        self.assertEqual(2, steps["book_carrier"]["attempts"])
        self.assertEqual({"booking": f"B-{reference}"}, steps["book_carrier"]["results"])
        self.assertIn(f"B-{reference}", steps["announce_shipment"]["results"])
        key = f"shipment-{accepted['task_id']}"
        self.assertEqual([("/bookings", wanted, key)] * 2, self.bookings_of(reference))

    def test_a_booking_that_is_refused_is_not_tried_again(self):
        wanted = shipment()
        self.carrier.answers[wanted["order_reference"]] = [409]

        _, headers, _ = self.request("/shipments", wanted)
        shown, steps = self.ended(headers["Location"])

        self.assertEqual("error", shown["state"], shown)
        self.assertEqual(1, steps["book_carrier"]["attempts"])
        self.assertEqual("BOOKING_REFUSED", steps["book_carrier"]["error"]["error_code"])

    def test_a_step_of_a_killed_worker_is_taken_over(self):
        wanted, release = shipment(), threading.Event()
        self.addCleanup(release.set)
        reference = wanted["order_reference"]
        self.carrier.answers[reference] = [release]
        _, headers, _ = self.request("/shipments", wanted)
        wait_until(lambda: self.bookings_of(reference), lambda: f"the carrier was not asked\n{self.worker.output()}")

        self.worker.kill()
        type(self).worker = self.start_worker()
        shown, steps = self.ended(headers["Location"])

        self.assertEqual("complete", shown["state"], shown)
        self.assertEqual(2, steps["book_carrier"]["attempts"])
        self.assertEqual(2, len(self.bookings_of(reference)))

    def test_without_a_database_the_client_is_asked_to_come_back(self):
        _, url = self.start_web(TASKER_DATABASE_URL=f"postgresql://tasker@127.0.0.1:{free_port()}/app")

        status, headers, body = self.request("/orders", order(), url=url)

        self.assertEqual((503, "DATABASE_UNAVAILABLE"), (status, body["error"]["code"]))
        self.assertGreater(int(headers["Retry-After"]), 0)
        self.assertNotIn("127.0.0.1", json.dumps(body))

    def bookings_of(self, reference):
        return [booking for booking in self.carrier.bookings if booking[1]["order_reference"] == reference]


def order(**payment):
    found = json.loads((EXAMPLES / "inputs" / "order.json").read_text())
    found["payment"].update(payment)
    return found


def shipment(parcels=1):
    return {"order_reference": f"TEST-{uuid.uuid4().hex[:12]}", "parcels": parcels}


def is_up(url):
    try:
        with urlopen(f"{url}/up", timeout=LIMIT_SECONDS) as answer:
            return answer.status == 200
    except OSError:
        return False


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_until(condition, problem):
    end = time.monotonic() + LIMIT_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(problem())
        time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
