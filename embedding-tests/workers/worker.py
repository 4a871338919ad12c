"""A worker in Python: ``python3 worker.py HANDLER_FILE...``. Ends on SIGTERM."""

import inspect
import runpy
import signal
import sys

from tasker import StepHandler
from tasker.engine import Engine


def handlers_of(file):
    found = runpy.run_path(file).values()
    return [value for value in found if inspect.isclass(value) and issubclass(value, StepHandler) and value is not StepHandler]


signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
engine = Engine.open(slots=4)
engine.register_handlers(*(handler for file in sys.argv[1:] for handler in handlers_of(file)))
worker = engine.worker(threads=4)
print("ready", flush=True)
signal.sigwait({signal.SIGTERM})
worker.stop(timeout=10)
