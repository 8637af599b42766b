"""The options of what measures in rounds, and how it refuses them and ends."""

import argparse
import sys
from pathlib import Path


def refuse(why):
    print(why, file=sys.stderr)
    sys.exit(2)


def chosen(text, known, what):
    """The words of a list with commas; all that are known where there is none."""
    words = [word for word in (text or "").split(",") if word]
    for word in words:
        if word not in known:
            refuse(f"there is no {what} '{word}': {', '.join(known)}")
    return words or list(known)


def parser(doc, only, versus):
    """A parser with the options that all have; the two texts explain --only and --vs."""
    p = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--only", help=only)
    p.add_argument("--lib", help="the library; FOLDER/libnet_meshos.so unless told")
    p.add_argument("--vs", help=versus)
    p.add_argument("--rounds", type=int, help="5 unless told; in a quick run 1")
    p.add_argument("--quick", action="store_true", help="only show that everything works")
    p.add_argument("--build", default="build", help="the build folder")
    return p


def parse(p):
    """The options, with the number of rounds, and the seconds after which a run counts as one that hangs."""
    o = p.parse_args()
    o.rounds = o.rounds or (1 if o.quick else 5)
    o.limit = 300
    return o


def libraries(o):
    """The paths of the library, and of the other build if there is one."""
    return [path for path in (o.lib or f"{o.build}/libnet_meshos.so", o.vs) if path]


def need_library(path):
    if not Path(path).exists():
        refuse(f"there is no library {path}")


def end(o, failures):
    """Says what failed, lines of text, and ends with the status for that."""
    if o.quick:
        print("a quick run: no figure means anything")
    for line in failures:
        print(f"FAILED {line}")
    sys.exit(1 if failures else 0)
