"""What embedded attempts come to is what hosted ones do: both are asked for the same values and errors."""

import json
import os
import subprocess
import sys
import unittest

SOURCE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "src")
PRELUDE = os.path.join(
    os.path.dirname(os.path.dirname(SOURCE)), "polyglot/src/main/resources/dev/tasker/polyglot/prelude/prelude.py"
)

# In a process of its own: the host's side changes what belongs to its process.
SCRIPT = """
import collections, datetime, decimal, enum, json, os, sys
sys.path.insert(0, sys.argv[1])
import tasker
from tasker import PermanentError, RetryableError, _outcome
exit = os._exit
host = {"__name__": "prelude"}
exec(compile(open(sys.argv[2], encoding="utf-8").read(), "<tasker prelude>", "exec"), host)
host["_tasker"] = tasker
os._exit = exit

class Text(str): pass
class Number(enum.IntEnum):
    ONE = 1
class Name(str, enum.Enum):
    A = "a"
class Walks(dict):
    def items(self):
        raise RuntimeError("no walk")
itself = {"a": []}
itself["a"].append(itself)
deep = []
for _ in range(99):
    deep = [deep]
values = {
    "plain": {"a": [1, 2.5, None, True, "x", {"b": ()}]},
    "kin": [Text("t"), Number.ONE, Name.A, True, frozenset({1}), collections.OrderedDict(a=1)],
    "times": [datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2, 3, 4), datetime.time(1, 2)],
    "decimals": [decimal.Decimal("1.50"), decimal.Decimal("1E+3")],
    "no number": {"a": [decimal.Decimal("NaN")]}, "infinite": [1, float("inf")], "bytes": {"a": {"b": b"x"}},
    "object": [[object]], "key": {"a": {1: 2}}, "tuple key": {(1, 2): 3}, "itself": itself, "deep": deep,
    "deeper": [deep], "walks": Walks(a=1), "big": 2**70,
}

def read(flat):
    kind = flat.pop(0)
    if kind == 0: return None
    if kind == 1: return True
    if kind == 2: return False
    if kind == 4: return int(flat.pop(0), 16)
    if kind == 7: return [read(flat) for _ in range(flat.pop(0))]
    if kind == 8: return {flat.pop(0): read(flat) for _ in range(flat.pop(0))}
    return flat.pop(0)

def hosted(flat):
    kind = flat.pop(0)
    told = read(flat)
    if kind == "ok":
        return {"results": told}
    if kind == "refused":
        return {"error": [told["code"], told["path"], told["reason"]]}
    return error(told, told.pop("kind"))

def error(told, kind):
    told["retryable"] = kind != "permanent"
    if told.get("cause"):
        told["cause"] = error(told["cause"], told["cause"].pop("kind"))["error"]
    told["backtrace"] = len(told["backtrace"])
    return {"error": told}

def embedded(text):
    told = json.loads(text)
    if told.get("error", {}).get("class") == "ResultNotJson":
        refused = told["error"]
        path = refused["context"]["path"]
        return {"error": [refused["error_code"], path, refused["message"].split(path + ": ", 1)[1]]}
    if "error" in told:
        count(told["error"])
    return told

def count(told):
    told["backtrace"] = len(told["backtrace"])
    if told.get("cause"):
        count(told["cause"])

def check(name, one, two):
    if one != two:
        print(json.dumps([name, one, two]))

for name, value in values.items():
    check(name, hosted(host["_answer"]("ok", value)), embedded(_outcome.success(value)))

def raises(cause):
    try:
        raise cause
    except BaseException as problem:
        raise PermanentError("p", error_code="P", context={"a": datetime.date(2026, 1, 2)}) from problem

class Hostile(Exception):
    def __str__(self): raise SystemExit
    def __getattribute__(self, name): raise KeyboardInterrupt

errors = [
    lambda: raises(ValueError("v")), lambda: 1 / 0, lambda: sys.exit(3), lambda: sys.exit("bye"),
    lambda: (_ for _ in ()).throw(RetryableError("r", retry_after=2, context={"a": object()})),
    lambda: (_ for _ in ()).throw(PermanentError(error_code="X")),
    lambda: (_ for _ in ()).throw(Hostile()), lambda: [][1],
]
group = ExceptionGroup("g", [ValueError("a"), PermanentError("b", error_code="B")])
errors.append(lambda: (_ for _ in ()).throw(group))
for number, call in enumerate(errors):
    try:
        call()
    except BaseException as problem:
        one, two = hosted(host["_failed"](problem)), embedded(_outcome.failure(problem))
        for part in two["error"]["context"].get("exceptions", []):
            # Parts say no more than stored errors do.
            part.pop("cause"), part.pop("retry_after")
        for missing in ("cause", "error_code", "retry_after"):
            two["error"].setdefault(missing, None)
        check(number, one, two)
print("compared", len(values) + len(errors))
"""


class OutcomeTest(unittest.TestCase):
    def test_outcomes_are_those_of_hosted_handlers(self):
        if sys.version_info < (3, 11):
            self.skipTest("the host's side needs Python 3.11")
        if not os.path.exists(PRELUDE):
            self.skipTest("the sources of the engine are not here")
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, SOURCE, PRELUDE], capture_output=True, text=True, timeout=60, check=False
        )

        self.assertEqual("", done.stderr)
        *different, last = done.stdout.splitlines()
        self.assertEqual([], [json.loads(line) for line in different])
        self.assertRegex(last, r"compared \d\d")


if __name__ == "__main__":
    unittest.main()
