"""Runs ``unittest`` and writes each result as a line of JSON to the file of TASKER_TEST_REPORT, at the end their number.

Takes what ``python3 -m unittest`` takes.
"""

import json
import os
import sys
import unittest


class JsonResult(unittest.TextTestResult):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._file = open(os.environ["TASKER_TEST_REPORT"], "w", encoding="utf-8")
        self._count = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self._write(test, "passed")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._write(test, "failed", self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self._write(test, "failed", self.errors[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._write(subtest, "failed", (self.failures + self.errors)[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._write(test, "skipped", reason)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._write(test, "passed")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._write(test, "failed", "passed, which it is not expected to do")

    def stopTestRun(self):
        super().stopTestRun()
        self._line(count=self._count)

    def _write(self, test, outcome, text=""):
        self._count += 1
        self._line(name=test.id(), outcome=outcome, text=text)

    def _line(self, **line):
        # Unbuffered: a process that a test forks must not write it again.
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())
    unittest.main(module=None, testRunner=unittest.TextTestRunner(resultclass=JsonResult, verbosity=2))
