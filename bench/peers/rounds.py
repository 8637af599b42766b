"""Runs programs in interleaved rounds: of each case every peer once, then the next case, then all of it again."""

import subprocess
import sys
import time


class Failed(Exception):
    """A run that ended badly, with why."""


def run_case(command, case, quick, limit):
    """The figures that one run of a program prints, as {key: value}."""
    try:
        run = subprocess.run(
            [*command, case, "quick" if quick else "full"], capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise Failed(f"no end after {limit} s") from late
    if run.returncode != 0:
        words = run.stderr.strip().splitlines()
        raise Failed(f"status {run.returncode}: {words[-1] if words else 'no word why'}")
    try:
        return {key: float(value) for key, value in (line.split() for line in run.stdout.splitlines())}
    except ValueError as odd:
        raise Failed(f"its output is no list of figures: {run.stdout!r}") from odd


class Progress:
    """Says which run it is, and from the second round on how much time is left."""

    def __init__(self, runs, rounds):
        self.runs, self.rounds, self.done = runs, rounds, 0
        self.took = {}

    def before(self, number, peer, case):
        left = ""
        if number > 0:
            first = sum(self.took.values())
            seconds = first * (self.rounds - number) - sum(
                self.took[run] for run in list(self.took)[: self.done - number * len(self.took)]
            )
            left = f", {seconds / 60:.0f} min left" if seconds > 90 else f", {seconds:.0f} s left"
        text = f"[{self.done + 1}/{self.runs}] round {number + 1} of {self.rounds}: {peer}, {case}{left}"
        if sys.stderr.isatty():
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)

    def after(self, number, peer, case, seconds):
        self.done += 1
        if number == 0:
            self.took[peer, case] = seconds

    def end(self):
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def run_rounds(plan, rounds, quick, limit):
    """Runs a plan, a list of (case, [(peer, command)]), in rounds.

    Returns {(peer, case): {key: [value of each round]}} and {(peer, case): why it failed}. What failed is not run
    again.
    """
    progress = Progress(rounds * sum(len(peers) for _, peers in plan), rounds)
    values, failures = {}, {}
    for number in range(rounds):
        for case, peers in plan:
            for peer, command in peers:
                progress.before(number, peer, case)
                began = time.monotonic()
                if (peer, case) not in failures:
                    try:
                        for key, value in run_case(command, case, quick, limit).items():
                            values.setdefault((peer, case), {}).setdefault(key, []).append(value)
                    except Failed as failure:
                        failures[peer, case] = str(failure)
                        values.pop((peer, case), None)
                progress.after(number, peer, case, time.monotonic() - began)
    progress.end()
    return values, failures
