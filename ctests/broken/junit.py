"""Whether a JUnit file is well-formed and says the same as the TAP of the same run: junit.py XML TAP."""

import re
import sys
import xml.etree.ElementTree as tree

suite = tree.parse(sys.argv[1]).getroot().find("testsuite")
in_junit = []
for case in suite.findall("testcase"):
    failed = case.find("failure") is not None
    assert not failed or case.find("failure").text.strip(), "a failure without words"
    assert float(case.get("time")) >= 0
    in_junit.append((case.get("name"), failed))

with open(sys.argv[2], encoding="ascii") as lines:
    found = [re.match(r"(not )?ok \d+ - ([a-z0-9_.]+)", line) for line in lines]
in_tap = [(match[2], bool(match[1])) for match in found if match]

assert in_junit == in_tap, f"{in_junit} is not {in_tap}"
assert int(suite.get("tests")) == len(in_tap) > 0
assert int(suite.get("failures")) == sum(failed for _, failed in in_tap)
