"""What the runner makes of programs that count wrong, crash, hang or print nonsense."""

import sys
import tempfile
import unittest
from pathlib import Path

from figures import CASES, FIGURES, best
from rounds import Failed, run_case, run_rounds


class Programs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def program(self, source):
        path = self.folder / f"program{len(list(self.folder.iterdir()))}.py"
        path.write_text(source, encoding="utf-8")
        return [sys.executable, str(path)]

    def test_figures_are_read(self):
        command = self.program("import sys; print('single', 2.5); print(sys.argv[1], sys.argv[2] == 'quick')")
        with self.assertRaises(Failed):
            run_case(command, "single", True, 60)
        command = self.program("import sys; print('single', 2.5); print(sys.argv[1] + sys.argv[2], 1)")
        self.assertEqual(run_case(command, "a", True, 60), {"single": 2.5, "aquick": 1})

    def test_a_failure_is_told_with_its_words(self):
        command = self.program("import sys; print('single 9'); print('7 of 8 arrived', file=sys.stderr); sys.exit(1)")
        with self.assertRaisesRegex(Failed, "status 1: 7 of 8 arrived"):
            run_case(command, "single", True, 60)

    def test_a_program_that_hangs_is_ended(self):
        command = self.program("import threading; threading.Event().wait()")
        with self.assertRaisesRegex(Failed, "no end after 1 s"):
            run_case(command, "single", True, 1)

    def test_rounds_are_interleaved(self):
        log = self.folder / "log"
        command = self.program(f"import sys; open({str(log)!r}, 'a').write(sys.argv[1] + ' '); print('x', 1)")
        values, failures = run_rounds([("a", [("p", command), ("q", command)]), ("b", [("p", command)])], 2, True, 60)
        self.assertEqual(log.read_text(encoding="utf-8").split(), ["a", "a", "b"] * 2)
        self.assertEqual(values[("q", "a")], {"x": [1, 1]})
        self.assertEqual(failures, {})

    def test_one_that_fails_once_has_no_figures(self):
        once = self.folder / "once"
        command = self.program(
            f"import os, sys; print('x', 1); done = os.path.exists({str(once)!r}); open({str(once)!r}, 'w'); sys.exit(done)"
        )
        values, failures = run_rounds([("a", [("p", command)])], 3, True, 60)
        self.assertNotIn(("p", "a"), values)
        self.assertIn(("p", "a"), failures)


class Figures(unittest.TestCase):
    def test_best_is_the_most_or_the_least(self):
        self.assertEqual(best(FIGURES["single"], [1, 3, 2]), 3)
        self.assertEqual(best(FIGURES["ask_p50"], [1, 3, 2]), 1)

    def test_names_are_used_once(self):
        self.assertEqual(len(FIGURES), sum(len(case.figures) for case in CASES))


if __name__ == "__main__":
    unittest.main()
