"""Data of the engine is read-only for handlers, and a dict or list in every other respect."""

import copy
import json
import os
import pickle
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "src"))

from tasker._readonly import read_only  # noqa: E402

PLAIN = {"map": {"a": [1, {"b": None}]}, "list": [3, 1, 2], "text": "x"}
CHANGES = [
    lambda data: data.update(x=1),
    lambda data: data.setdefault("x", 1),
    lambda data: data.pop("text"),
    lambda data: data.popitem(),
    lambda data: data.clear(),
    lambda data: data.__setitem__("text", 1),
    lambda data: data.__delitem__("text"),
    lambda data: data.__ior__({"x": 1}),
    lambda data: data["map"].__setitem__("a", 1),
    lambda data: data["map"]["a"][1].__setitem__("b", 1),
    lambda data: data["list"].append(1),
    lambda data: data["list"].extend([1]),
    lambda data: data["list"].insert(0, 1),
    lambda data: data["list"].pop(),
    lambda data: data["list"].remove(3),
    lambda data: data["list"].clear(),
    lambda data: data["list"].sort(),
    lambda data: data["list"].reverse(),
    lambda data: data["list"].__setitem__(0, 1),
    lambda data: data["list"].__setitem__(slice(0, 2), []),
    lambda data: data["list"].__delitem__(0),
    lambda data: data["list"].__iadd__([1]),
    lambda data: data["list"].__imul__(2),
]


class ReadOnlyTest(unittest.TestCase):
    def test_no_change_is_possible(self):
        data = read_only(PLAIN)
        for number, change in enumerate(CHANGES):
            with self.subTest(number), self.assertRaisesRegex(TypeError, "read-only"):
                change(data)
        self.assertEqual(PLAIN, data)

    def test_it_is_a_dict_to_everybody_else(self):
        data = read_only(PLAIN)
        self.assertIsInstance(data, dict)
        self.assertIsInstance(data["list"], list)
        self.assertEqual(json.dumps(PLAIN), json.dumps(data))
        self.assertEqual([1, 2, 3], sorted(data["list"]))
        self.assertEqual({**PLAIN, "x": 1}, {**data, "x": 1})
        self.assertEqual([3, 1, 2, 4], data["list"] + [4])

    def test_copies_can_be_changed(self):
        data = read_only(PLAIN)
        for made in (dict(data), data.copy(), copy.copy(data), copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
            made["x"] = 1
        for made in (list(data["list"]), data["list"].copy(), data["list"][:], copy.copy(data["list"])):
            made.append(4)
        copy.deepcopy(data)["map"]["a"].append(2)
        pickle.loads(pickle.dumps(data))["map"]["a"].append(2)
        self.assertEqual(PLAIN, data)


if __name__ == "__main__":
    unittest.main()
