"""Puts the shared library into the wheel, and names the platform that it is for.

NET_MESHOS_LIBRARY is the path of the library; by default it is what `make` has built in this project. All else
stands in pyproject.toml.
"""

import os
import re
import shutil
import sysconfig
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


def platform_tag() -> str:
    """manylinux_2_N_MACHINE: the library names the versions of glibc that it needs among its symbols."""
    versions = {int(minor) for minor in re.findall(rb"\0GLIBC_2\.(\d+)(?=[.\0])", library().read_bytes())}
    machine = sysconfig.get_platform().rpartition("-")[2].replace("-", "_")
    return f"manylinux_2_{max(versions | {17})}_{machine}"


class WithLibrary(build_py):
    def run(self) -> None:
        super().run()
        target = Path(self.build_lib) / "net_meshos"
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(library(), target / "libnet_meshos.so")


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
