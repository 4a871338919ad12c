"""What the engine costs in a Python process, beside sockets; see costs.c, which has the same commands, and ``memory``."""

from __future__ import annotations

import glob
import http.client
import json
import os
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "bindings-python" / "src"))

BATCHES = 5
BATCH = 300
PLAIN_CALLS = 2_000
TASKS = 3
SLOTS = 250
PAYLOAD = json.dumps({"text": "0" * 287}).encode()


def now_us() -> float:
    return time.perf_counter_ns() / 1e3


def own_cpu_us() -> float:
    """Of all threads of this process, those of the JVM included."""
    return time.process_time_ns() / 1e3


def cpu_us_of(pid: str | None) -> float:
    files = [] if pid is None else glob.glob(f"/proc/{pid}/task/*/schedstat")
    return sum(int(Path(file).read_text().split()[0]) for file in files) / 1e3


def rss_mb() -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def tell(**fields: object) -> None:
    print(json.dumps(fields), flush=True)


class Samples:
    """The times of one kind of call."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.us: list[float] = []
        self.cpu_us = 0.0
        self.last: float | None = None

    def measure(self, count: int, call: Callable[[], object], other_pid: str | None = None) -> None:
        cpu = own_cpu_us() + cpu_us_of(other_pid)
        for _ in range(count):
            begin = now_us()
            call()
            self.us.append(now_us() - begin)
        self.cpu_us += own_cpu_us() + cpu_us_of(other_pid) - cpu

    def measure_together(self, count: int, call: Callable[[], object]) -> None:
        """Many calls at once, which are too short to be measured one by one."""
        cpu = own_cpu_us()
        begin = now_us()
        for _ in range(count):
            call()
        self.us.append((now_us() - begin) / count)
        self.cpu_us += (own_cpu_us() - cpu) / count

    def mark(self) -> None:
        """Another one begins."""
        now = now_us()
        if self.last is not None:
            self.us.append(now - self.last)
        self.last = now

    def tell(self, has_cpu: bool = True) -> None:
        p50 = sorted(self.us)[len(self.us) // 2]
        tell(what=self.what, p50_us=p50, cpu_us=self.cpu_us / len(self.us) if has_cpu else None)


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one packet

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def echo_lines(server: socket.socket) -> None:
    while True:
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as lines:
            for line in lines:
                connection.sendall(line)


def serve(path: str) -> None:
    lines = socket.socket(socket.AF_UNIX)
    lines.bind(path)
    lines.listen()
    web = HTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=echo_lines, args=(lines,), daemon=True).start()
    threading.Thread(target=web.serve_forever, daemon=True).start()
    print(web.server_port, flush=True)
    sys.stdin.read()


def open_engine():
    from tasker.engine import Engine

    return Engine.open(slots=SLOTS)


def tell_start() -> None:
    import tasker.engine  # noqa: F401  # what Python loads is not measured

    cpu, begin = own_cpu_us(), now_us()
    open_engine()
    tell(what="init and open", ms=(now_us() - begin) / 1e3, cpu_ms=(own_cpu_us() - cpu) / 1e3)


def ready_engine(at_step: Callable[[], None]):
    from tasker import StepHandler, Subscriber

    class Cost(StepHandler):
        def process(self, task, sequence, step):
            at_step()
            return 1

    class Events(Subscriber):
        def handle(self, event):
            pass

    engine = open_engine()
    engine.register_handlers(Cost, Events)
    engine.register_template(os.environ["COSTS_TEMPLATE"])
    return engine


def create_task(engine, number: int) -> int:
    return engine.create_task(os.environ["COSTS_NAME"], {"n": number, "at": now_us(), "text": "0" * 250})


def measure_calls(engine, plain: Samples, hop: Samples, lines: Samples, web: Samples) -> None:
    server = os.environ["ECHO_PID"]
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(os.environ["ECHO_SOCKET"])
    answers = connection.makefile("rb")
    client = http.client.HTTPConnection("127.0.0.1", int(os.environ["ECHO_PORT"]))
    headers = {"Content-Type": "application/json"}

    def ask_lines() -> None:
        connection.sendall(PAYLOAD + b"\n")
        if not answers.readline():
            raise RuntimeError("the server has ended")

    def ask_web() -> None:
        client.request("POST", "/", PAYLOAD, headers)
        client.getresponse().read()

    for batch in range(-3, BATCHES):
        parts = (plain, hop, lines, web) if batch >= 0 else tuple(Samples("warm-up") for _ in range(4))
        parts[0].measure_together(PLAIN_CALLS, engine._library.state)
        parts[1].measure(BATCH, lambda: engine.call("unsubscribe", {"name": "nobody"}))
        parts[2].measure(BATCH, ask_lines, server)
        parts[3].measure(BATCH, ask_web, server)


def take_events(engine, samples: Samples) -> None:
    """What is left of a task that has run: an event for each of its transitions, handed out one by one."""
    cpu = own_cpu_us()
    while (item := engine.next_work(1)) is not None:
        samples.mark()
        engine.run_work(item)
    samples.cpu_us = own_cpu_us() - cpu


def tell_calls() -> None:
    callback = Samples("warm-up")
    engine = ready_engine(lambda: callback.mark())

    def run_task(number: int) -> None:
        callback.last = None
        engine.handle_task(create_task(engine, number))

    parts = [Samples(what) for what in ("no-op", "call", "unix socket", "http")]
    measure_calls(engine, *parts)
    run_task(0)
    engine.call("subscribe", {"class": "Events", "events": ["step.*"]})
    run_task(1)
    take_events(engine, Samples("warm-up"))
    callback, item = Samples("callback"), Samples("work item")
    for task in range(TASKS):
        run_task(2 + task)
    take_events(engine, item)
    callback.tell(has_cpu=False)
    for samples in (*parts, item):
        samples.tell()


def start_fastapi() -> str:
    """A FastAPI application that does nothing, in uvicorn. Gives its version."""
    import fastapi
    import uvicorn

    app = fastapi.FastAPI()

    @app.get("/up")
    async def up() -> dict[str, str]:
        return {"status": "up"}

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True).start()
    urllib.request.urlopen(f"http://127.0.0.1:{listener.getsockname()[1]}/up", timeout=10).read()
    return str(fastapi.__version__)


def tell_memory() -> None:
    try:
        version = start_fastapi()
    except ImportError as problem:
        tell(skipped=str(problem))
        return
    before = rss_mb()
    engine = ready_engine(lambda: None)
    opened = rss_mb()
    with engine.worker(threads=10):
        for number in range(5):
            if engine.wait(create_task(engine, number), timeout=60) != "complete":
                raise RuntimeError("a task has not ended")
        tell(framework=f"FastAPI {version}", bare_mb=before, opened_mb=opened, after_mb=rss_mb(), steps=1_000)


def main() -> None:
    match sys.argv[1:]:
        case ["serve", path]:
            serve(path)
        case ["start"]:
            tell_start()
        case ["calls"]:
            tell_calls()
        case ["memory"]:
            tell_memory()
        case _:
            sys.exit("usage: calls.py serve SOCKET | start | calls | memory")


if __name__ == "__main__":
    main()
