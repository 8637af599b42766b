"""Puts the shared library into the wheel, and names the platform that it is for.

NET_MESHOS_LIBRARY is the path of the library; by default it is what `make` has built in this project.
NET_MESHOS_LICENCES is a folder with the licences of what the library is made of. All else stands in pyproject.toml.
"""

import os
import re
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py
from setuptools.dist import Distribution

HERE = Path(__file__).resolve().parent


def library() -> Path:
    path = Path(os.environ.get("NET_MESHOS_LIBRARY") or HERE.parents[1] / "build" / "libnet_meshos.so")
    if not path.is_file():
        raise SystemExit(f"{path} is not there: run make first, or name the library: NET_MESHOS_LIBRARY=/path/to/it")
    return path


MACHINES = {22: "s390x", 62: "x86_64", 183: "aarch64"}  # by their numbers in ELF files


def platform_tag() -> str:
    """Says where the library runs, in the words of pip: the library names the versions of glibc that it needs among its
    symbols, and has the machine's number in its header."""
    content = library().read_bytes()
    minor = max({int(found) for found in re.findall(rb"\0GLIBC_2\.(\d+)(?=[.\0])", content)} | {17})
    number = int.from_bytes(content[18:20], "big" if content[5] == 2 else "little")
    if number not in MACHINES:
        raise SystemExit(f"{library()} is for a machine that wheels have no name for here: {number}")
    tag = f"manylinux_2_{minor}_{MACHINES[number]}"
    # The older name of the oldest one, by which an older pip knows it.
    return f"{tag}.manylinux2014_{MACHINES[number]}" if minor == 17 else tag


class WithLibrary(build_py):
    def run(self) -> None:
        super().run()
        target = Path(self.build_lib) / "net_meshos"
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(library(), target / "libnet_meshos.so")
        licences = os.environ.get("NET_MESHOS_LICENCES")
        if licences:
            shutil.copytree(licences, target / "licences")


class ForAnyPython(bdist_wheel):
    """The library is no extension module, so one wheel serves all versions of Python."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self) -> "tuple[str, str, str]":
        return "py3", "none", platform_tag()


class NotPure(Distribution):
    def has_ext_modules(self) -> bool:
        return True


setup(distclass=NotPure, cmdclass={"build_py": WithLibrary, "bdist_wheel": ForAnyPython})
