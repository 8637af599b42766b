"""Each call of the headers has a wrapper."""

import os
import re
import unittest
from pathlib import Path

import net_meshos
from net_meshos import native

# What only net_meshos.native has, and why.
NATIVE_ONLY = {
    "register_daemon_with_vtable": "_v2 does the same, and says when the callbacks are over",
    "clear_last_error": "an error is an exception here",
}


class Calls(unittest.TestCase):
    def setUp(self) -> None:
        names = Path(os.environ["NET_MESHOS_CALLS"]).read_text().split()
        self.calls = {name[len("net_meshos_") :] for name in names}
        self.assertGreater(len(self.calls), 40)

    def test_all_are_declared(self) -> None:
        self.assertEqual(set(native.PROTOTYPES), self.calls)

    def test_all_are_used_by_the_classes(self) -> None:
        package = Path(net_meshos.__file__).parent
        text = "".join(path.read_text() for path in package.glob("*.py"))
        used = set(re.findall(r"lib\.net_meshos_(\w+)\b(?! and so on|``)", text))
        self.assertEqual(self.calls - used, set(NATIVE_ONLY))

    def test_version(self) -> None:
        self.assertEqual(net_meshos.version(), os.environ["NET_MESHOS_VERSION"])

    def test_the_library_is_the_package_s_own(self) -> None:
        self.assertTrue(Path(native.__file__).with_name("libnet_meshos.so").is_file())
        self.assertNotIn("NET_MESHOS_LIBRARY", os.environ)
