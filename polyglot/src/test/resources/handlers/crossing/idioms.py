import copy
import json

from tasker import StepHandler


class Reads(StepHandler):
    def process(self, task, sequence, step):
        context = task.context
        list_, map_ = context["list"], context["map"]
        first, *rest = list_
        return {
            "kinds": [isinstance(context["text"], str), type(context["one"]).__name__, type(context["half"]).__name__,
                      type(context["huge"]).__name__, type(context["flag"]).__name__, context["null"] is None,
                      isinstance(map_, dict), isinstance(list_, list), isinstance(map_, list)],
            "text": [len(context["text"]), context["text"].upper(), context["text"] == "grüße 🎉", context["text"][-1]],
            "list": [len(list_), first, len(rest), list_[-1], 2 in list_, list_[1:], [x * 2 for x in list_],
                     [*list_, 4], list(list_) + [4], "-".join(map(str, list_)), sorted(list_, reverse=True), sum(list_),
                     max(list_), list(enumerate(list_)), list(reversed(list_)), list(zip(list_, list_)), bool(list_)],
            "map": [list(map_), list(map_.keys()), list(map_.values()), [list(pair) for pair in map_.items()], "x" in map_,
                    "absent" in map_, map_.get("absent"), map_.get("absent", "none"), {**map_, "z": 3}, dict(map_),
                    len(map_), map_["x"], bool(map_), bool(context["empty"]), raised(lambda: map_["absent"]), matched(map_)],
            "json": [json.dumps(map_), json.dumps(list_), json.dumps({"nested": context["nested"]}),
                     json.loads(json.dumps(context["nested"]))],
            "copies": [copy.copy(map_), copy.deepcopy(context["nested"]), copy.copy(list_)],
            "forms": [str(context["huge"]), context["huge"] + 1 == 2**80 + 1, f"{map_['y']}"],
        }


def raised(work):
    try:
        return work()
    except KeyError as error:
        return type(error).__name__


def matched(map_):
    match dict(map_):
        case {"x": x}:
            return x
    return None


class Refuses(StepHandler):
    def process(self, task, sequence, step):
        return {"a": [0, {"b": VALUES[task.context["what"]]()}]}


def deep():
    value = 1
    for _ in range(98):
        value = [value]
    return value


def cycle():
    value = []
    value.append({"value": value})
    return value


VALUES = {
    "nan": lambda: float("nan"),
    "infinity": lambda: float("inf"),
    "bytes": lambda: b"\xff",
    "function": lambda: deep,
    "object": lambda: type("Cart", (), {})(),
    "key": lambda: {7: 1},
    "nul": lambda: "a\0b",
    "nul_key": lambda: {"a\0b": 1},
    "half": lambda: "\ud83c",
    "half_key": lambda: {"x\udfff": 1},
    "deep": deep,
    "cycle": cycle,
    "many": lambda: [1] * 500_001,
    "complex": lambda: 1j,
    "generator": lambda: (x for x in ()),
    "bytes_in_set": lambda: {b"x"},
    "same_text": lambda: {Text("x"): 1, "x": 2},
}


class Text(str):
    """Equal to no other text, but the same text when it is written."""

    def __eq__(self, other):
        return self is other

    def __hash__(self):
        return 1
