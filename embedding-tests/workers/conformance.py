"""Runs the handlers of conformance/handlers in an engine of this process.

Each line that it reads is the path of a template to register, and is answered by a line; it ends with its input.
"""

import json
import os
import sys
from pathlib import Path

from tasker import Subscriber
from tasker.engine import Engine, EngineError

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "conformance" / "handlers"))

from conformance import Asynchronous, Conformance, Declares, Silent  # noqa: E402

SETTINGS = {"engine.lease": "3s", "engine.poll_interval": "50ms"}
LOGGING = "-Dorg.slf4j.simpleLogger.log.tasker.handler=debug"


class Listener(Subscriber):
    """Tells of each event on standard error."""

    def handle(self, event):
        print("event " + json.dumps(event), file=sys.stderr, flush=True)


def answer(engine, path):
    try:
        engine.register_template(path)
        return "registered"
    except EngineError as error:
        return f"{error.code}: {error.message}".replace("\n", " ")


with Engine.open(slots=4, settings=SETTINGS, jvm_options=LOGGING) as engine:
    engine.register_handlers(Conformance, Asynchronous, Declares, Silent)
    with engine.worker():
        engine.subscribe(Listener, os.environ["EVENTS"].split())
        print("ready", flush=True)
        for line in sys.stdin:
            print(answer(engine, line.rstrip("\n")), flush=True)
