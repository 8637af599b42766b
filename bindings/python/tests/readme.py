"""Runs each program of a README, and compares what it prints with the text that follows it: readme.py README."""

import re
import subprocess
import sys

text = open(sys.argv[1], encoding="utf-8").read()
programs = re.findall(r"```python\n(.*?)```\n\nprints\n\n```text\n(.*?)```", text, re.S)
assert len(programs) == text.count("```python"), "a program has no output"
assert programs
for program, expected in programs:
    found = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, timeout=600)
    assert found.returncode == 0, program
    assert found.stdout == expected, f"{program}\nprints\n{found.stdout}"
print(len(programs), "programs")
