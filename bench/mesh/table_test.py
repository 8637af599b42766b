#!/usr/bin/env python3
"""Tests which figures a table shows as missed, and what is asked where that depends on the bare server."""

import unittest

import table


def row(best, bare=None, **more):
    figure = {"best": best, "bare": bare}
    return {"title": "a", "unit": "µs", "goals": (None, None), "more_is_better": False, "unsynced": figure, "synced": figure, **more}


class Goals(unittest.TestCase):
    def test_more_is_better(self):
        rate = row(100, goals=(100, 101), more_is_better=True)
        self.assertTrue(table.met(rate, "unsynced"))
        self.assertFalse(table.met(rate, "synced"))
        self.assertEqual((table.cell(rate, "unsynced"), table.cell(rate, "synced")), ("100", "**100**"))
        self.assertEqual((table.asked(rate, "unsynced"), table.asked(rate, "synced")), ("≥ 100", "≥ 101"))

    def test_less_is_better(self):
        time = row(100, goals=(100, 99))
        self.assertTrue(table.met(time, "unsynced"))
        self.assertFalse(table.met(time, "synced"))
        self.assertEqual(table.asked(time, "synced"), "≤ 99")

    def test_a_multiple_of_the_bare_server(self):
        time = row(251, 100, goals=(None, 700), ratio=2.5)
        self.assertEqual(table.goal(time, "unsynced"), 250)
        self.assertEqual((table.cell(time, "unsynced"), table.asked(time, "unsynced")), ("**251 (2.5 ×)**", "≤ 250 (2.5 ×)"))
        self.assertEqual((table.cell(time, "synced"), table.asked(time, "synced")), ("251 (2.5 ×)", "≤ 700"))

    def test_nothing_is_asked_or_measured(self):
        self.assertIsNone(table.met(row(1), "synced"))
        self.assertIsNone(table.met(row(None, goals=(1, 1)), "synced"))
        self.assertIsNone(table.met(row(1, None, ratio=2), "unsynced"))
        self.assertEqual(table.asked(row(1), "unsynced") + table.cell(row(None), "synced"), "")

    def test_a_goal_that_the_bare_server_misses(self):
        rate = row(80, 90, goals=(90, 91), more_is_better=True, ceiling=True)
        self.assertEqual(
            table.out_of_reach({"figures": [rate, row(80, 90, goals=(100, 100), more_is_better=True)]}),
            ["The bare server itself does 90 µs here, synced, where 91 are asked: a."],
        )

    def test_the_table(self):
        lines = table.markdown({"figures": [row(1, 2)]}).splitlines()
        self.assertEqual(len({line.count("|") for line in lines}), 1)
        self.assertEqual(lines[2], "| a | µs | 1 |  | 2 | 1 |  | 2 |")


if __name__ == "__main__":
    unittest.main()
