"""Recipe for Conan 2: conan create packaging/conan --version VERSION, from these sources."""

import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.files import copy


class NetMeshOs(ConanFile):
    name = "net_meshos"
    description = "Supervised daemons for any language that speaks C"
    license = "Apache-2.0"
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False]}
    default_options = {"shared": True}

    # The recipe builds the sources that it stands in.
    def export_sources(self):
        root = os.path.join(self.recipe_folder, "..", "..")
        for pattern in ("go.mod", "go.sum", "LICENSE", "capi/*", "internal/*", "runtime/*", "include/*", "scripts/*",
                        "examples/*.c", "bindings/cpp/net_meshos.hpp"):
            copy(self, pattern, root, self.export_sources_folder)

    def validate(self):
        if self.settings.os != "Linux" or self.settings.arch not in ("x86_64", "armv8", "s390x"):
            raise ConanInvalidConfiguration("libnet_meshos is for 64-bit Linux: x86_64, armv8 or s390x")

    # The library is in C, and the header for C++ has its code in the program: no C++ library stands behind them.
    def configure(self):
        self.settings.rm_safe("compiler.libcxx")
        self.settings.rm_safe("compiler.cppstd")

    def package_id(self):
        del self.info.settings.build_type

    def build(self):
        for product in self._file, "licences":
            self.run("BUILD=build scripts/compile.sh " + product, cwd=self.source_folder)

    def package(self):
        source, build = self.source_folder, os.path.join(self.source_folder, "build")
        licences = os.path.join(self.package_folder, "licenses")
        copy(self, "LICENSE", source, licences)
        copy(self, "*", os.path.join(build, "licences"), licences)
        headers = os.path.join(self.package_folder, "include")
        copy(self, "*.h", os.path.join(source, "include"), headers)
        copy(self, "net_meshos.hpp", os.path.join(source, "bindings", "cpp"), headers)
        copy(self, self._file, build, os.path.join(self.package_folder, "lib"))

    def package_info(self):
        self.cpp_info.libs = ["net_meshos"]
        self.cpp_info.set_property("cmake_target_name", "net_meshos::net_meshos")
        self.cpp_info.set_property("pkg_config_name", "net_meshos")
        if not self.options.shared:
            self.cpp_info.system_libs = ["pthread"]

    @property
    def _file(self):
        return "libnet_meshos.so" if self.options.shared else "libnet_meshos.a"
