#!/bin/sh
# Installs as a user and as a packager would, builds programs against what is installed, with CMake and with
# pkg-config, from a folder outside the tree; moves it elsewhere and does so again; uninstalls.
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix="$work/prefix"
moved="$work/elsewhere"
staged="$work/staged"
# shellcheck disable=SC2086  # a command with its arguments
arch=lib/$($CC -dumpmachine)
unset DESTDIR LIBDIR PREFIX PKG_CONFIG_PATH CMAKE_PREFIX_PATH LD_LIBRARY_PATH LIBRARY_PATH C_INCLUDE_PATH CPATH

# The consumer's sources, away from the tree, so that only the installed header can be found.
mkdir "$work/user"
cp ctests/consumers/c/*.[ch] ctests/install/CMakeLists.txt "$work/user/"
cp -R ctests/install/mesh "$work/mesh"

installed() { # installed PREFIX LIBRARY_FOLDER: everything that must be there, and nothing else
    (cd "$1" && find . ! -type d | sort) >"$work/found"
    {
        for header in include/*.h include/net_meshos.hpp; do echo "./$header"; done
        for file in libnet_meshos.so "libnet_meshos.so.$VERSION" libnet_meshos.a pkgconfig/net_meshos.pc \
            cmake/net_meshos/net_meshosConfig.cmake cmake/net_meshos/net_meshosConfigVersion.cmake; do
            echo "./$2/$file"
        done
        for file in net_meshos/mesh/libnet_meshos.so "net_meshos/mesh/libnet_meshos.so.$VERSION" pkgconfig/net_meshos_mesh.pc; do
            echo "./$2/$file"
        done
        for file in bin/meshos bin/meshos-conformance share/doc/net_meshos/LICENSE share/doc/net_meshos/folders; do
            echo "./$file"
        done
        for page in runtime-json embedding supervise look operate swap-in platforms windows mesh meshos abi-policy; do
            echo "./share/doc/net_meshos/$page.md"
        done
        for page in $(scripts/calls.sh names) net_meshos.h net_meshos_ext.h; do echo "./share/man/man3/$page.3"; done
    } | sort >"$work/wanted"
    diff "$work/wanted" "$work/found"
}

modes() {
    [ "$(readlink "$prefix/lib/libnet_meshos.so")" = "libnet_meshos.so.$VERSION" ]
    [ "$(stat -c %a "$prefix/lib/libnet_meshos.so.$VERSION")" = 755 ]
    [ "$(stat -c %a "$prefix/lib/pkgconfig/net_meshos.pc")" = 644 ]
    [ "$(stat -c %a "$prefix/lib/pkgconfig")" = 755 ]
    [ "$(stat -c %a "$prefix/include/net_meshos.h")" = 644 ]
    [ "$(stat -c %a "$prefix/bin")" = 755 ]
    [ "$(stat -c %a "$prefix/bin/meshos-conformance")" = 755 ]
}

install_into_empty_prefix() {
    (umask 077 && PREFIX="$prefix" scripts/install.sh install)
    installed "$prefix" lib
    modes
}

install_again() {
    PREFIX="$prefix" scripts/install.sh install >/dev/null
    installed "$prefix" lib
}

# The suite and the library that it is set on are those that a user has, in a folder without the sources.
conformance_is_installed() {
    (cd "$work/user" && "$prefix/bin/meshos-conformance" --lib "$prefix/lib/libnet_meshos.so" --strict \
        --filter control. --junit "$work/conformance.xml") >"$work/conformance.tap"
    cat "$work/conformance.tap"
    tail -n 1 "$work/conformance.tap" | grep -qE '^[1-9][0-9]* passed, 0 failed, 0 skipped$'
}

# The header names the document of runtime_json, with the folder that it is installed to.
header_names_its_document() {
    tr -s ' *\n' ' ' <"$prefix/include/net_meshos_ext.h" >"$work/header"
    named='([a-z-]+\.md) documents every key; it is in docs/ of the sources, and in share/doc/net_meshos/ below the prefix'
    document=$(sed -nE "s#.* $named.*#\1#p" "$work/header")
    [ -n "$document" ]
    cmp "docs/$document" "$prefix/share/doc/net_meshos/$document"
}

no_path_inside() { # no_path_inside FOLDER: no installed file names the folder it was installed to
    ! grep -rlaF -e "$work" "$1"
}

with_cmake() { # with_cmake PREFIX
    need cmake
    rm -rf "$work/cmake"
    run cmake -S "$work/user" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$1" -DCMAKE_C_COMPILER="${CC%% *}"
    run cmake --build "$work/cmake"
    run "$work/cmake/user_shared"
    run "$work/cmake/user_static"
    run "$work/cmake/user_mesh"
    "$READELF" -dW "$work/cmake/user_mesh" | grep -F "RUNPATH" | grep -qF "[$1/lib/net_meshos/mesh]"
    # Not by accident with the library of the build folder.
    "$READELF" -dW "$work/cmake/user_shared" | grep -F "RUNPATH" | grep -qF "[$1/lib]"
}

# What is installed makes a mesh: the server, a host with the mesh edition, the operators' tool.
mesh_with_cmake() { # mesh_with_cmake PREFIX
    need cmake
    rm -rf "$work/joins"
    run cmake -S "$work/mesh" -B "$work/joins" -DCMAKE_PREFIX_PATH="$1" -DCMAKE_C_COMPILER="${CC%% *}"
    run cmake --build "$work/joins"
    run "$work/mesh/join.sh" "$1/bin/meshos" "$work/joins/joins"
}

mesh_with_pkg_config() { # mesh_with_pkg_config PREFIX
    need pkg-config
    export PKG_CONFIG_PATH="$1/lib/pkgconfig"
    # shellcheck disable=SC2046,SC2086  # flags are lists
    run $CC -std=c11 "$work/mesh/main.c" $(pkg-config --cflags --libs net_meshos_mesh) -o "$work/joins_pc"
    run "$work/mesh/join.sh" "$1/bin/meshos" "$work/joins_pc"
}

cmake_finds() { # cmake_finds VERSION: prints whether find_package accepts it
    rm -rf "$work/version"
    mkdir "$work/version"
    {
        echo 'cmake_minimum_required(VERSION 3.19)'
        echo 'project(version C)'
        echo "find_package(net_meshos $1)"
        # shellcheck disable=SC2016  # CMake's variable
        echo 'message(STATUS "found: ${net_meshos_FOUND}")'
    } >"$work/version/CMakeLists.txt"
    cmake -S "$work/version" -B "$work/version/build" -DCMAKE_PREFIX_PATH="$prefix" 2>&1 |
        sed -n 's/^-- found: //p'
}

cmake_versions() {
    need cmake
    for version in '' "$VERSION" 0.1 '0.1.0 EXACT' 0.1...0.2 0.0.1...0.9; do
        echo "accepts '$version'"
        [ "$(cmake_finds "$version")" = 1 ]
    done
    for version in 0.0.9 0.1.99 0.2 1 '0.1.99 EXACT' 0.2...0.9 '0.0.1...<0.1.0'; do
        echo "refuses '$version'"
        [ "$(cmake_finds "$version")" = 0 ]
    done
}

cmake_misses_library() {
    need cmake
    cp -a "$prefix" "$work/broken"
    rm "$work/broken/lib/libnet_meshos.a"
    status=0
    cmake -S "$work/user" -B "$work/broken-build" -DCMAKE_PREFIX_PATH="$work/broken" >"$work/said" 2>&1 || status=$?
    cat "$work/said"
    [ "$status" -ne 0 ]
    tr -s ' \n' ' ' <"$work/said" | grep -q 'libnet_meshos.a is missing: install net_meshos again'
}

with_pkg_config() { # with_pkg_config PREFIX
    need pkg-config
    export PKG_CONFIG_PATH="$1/lib/pkgconfig"
    [ "$(pkg-config --modversion net_meshos)" = "$VERSION" ]
    # shellcheck disable=SC2046,SC2086  # flags are lists
    run $CC -std=c11 "$work"/user/*.c $(pkg-config --cflags --libs net_meshos) -lpthread -o "$work/user_pc"
    LD_LIBRARY_PATH="$1/lib" run "$work/user_pc"
    [ "$(pkg-config --modversion net_meshos_mesh)" = "$VERSION" ]
    # shellcheck disable=SC2046,SC2086  # flags are lists
    run $CC -std=c11 "$work"/user/*.c $(pkg-config --cflags --libs net_meshos_mesh) -lpthread -o "$work/user_mesh_pc"
    run "$work/user_mesh_pc"
    "$READELF" -dW "$work/user_mesh_pc" | grep -F RUNPATH | grep -qF "net_meshos/mesh"
}

move_and_build() { # move_and_build HOW
    [ -e "$moved" ] || mv "$prefix" "$moved"
    "$1" "$moved"
    [ ! -e "$prefix" ]
}

uninstall_leaves_nothing() {
    mv "$moved" "$prefix"
    echo keep >"$prefix/lib/of-another-package"
    PREFIX="$prefix" scripts/install.sh uninstall
    find "$prefix" | sort | tee "$work/left"
    printf '%s\n' "$prefix" "$prefix/lib" "$prefix/lib/of-another-package" | cmp - "$work/left"
    PREFIX="$prefix" scripts/install.sh uninstall
}

# Folders that were there before stay, though they were and are empty.
uninstall_leaves_what_it_found() {
    mkdir -p "$work/found-here/lib/pkgconfig" "$work/found-here/share"
    find "$work/found-here" | sort >"$work/before"
    PREFIX="$work/found-here" scripts/install.sh install >/dev/null
    PREFIX="$work/found-here" scripts/install.sh install >/dev/null
    PREFIX="$work/found-here" scripts/install.sh uninstall
    find "$work/found-here" | sort | diff "$work/before" -
}

# As a distribution packages it: staged below DESTDIR, libraries in a folder per architecture.
staged_install() {
    DESTDIR="$staged" PREFIX=/usr LIBDIR="/usr/$arch" scripts/install.sh install
    installed "$staged/usr" "$arch"
    no_path_inside "$staged"
}

staged_with_cmake() {
    need cmake
    rm -rf "$work/cmake"
    run cmake -S "$work/user" -B "$work/cmake" "-Dnet_meshos_DIR=$staged/usr/$arch/cmake/net_meshos"
    run cmake --build "$work/cmake"
    run "$work/cmake/user_shared"
}

staged_with_pkg_config() {
    need pkg-config
    PKG_CONFIG_PATH="$staged/usr/$arch/pkgconfig" pkg-config --cflags --libs net_meshos
}

staged_uninstall() {
    DESTDIR="$staged" PREFIX=/usr LIBDIR="/usr/$arch" scripts/install.sh uninstall
    [ "$(find "$staged")" = "$staged" ]
}

# What the two front ends do must come out the same.
by_make() {
    need make
    make install PREFIX="$work/by-make" >/dev/null
    installed "$work/by-make" lib
    make uninstall PREFIX="$work/by-make"
    [ ! -e "$work/by-make" ]
}

refuses_relative_prefix() {
    status=0
    PREFIX=here scripts/install.sh install || status=$?
    [ "$status" -eq 2 ]
    [ ! -e here ]
}

steps_begin "$BUILD/log/install"
check "install into an empty prefix" install_into_empty_prefix
check "install over itself" install_again
check "the conformance suite that is installed" conformance_is_installed
check "the header names its document" header_names_its_document
check "no path of the prefix inside" no_path_inside "$prefix"
check "CMake" with_cmake "$prefix"
check "CMake versions" cmake_versions
check "CMake, a file is missing" cmake_misses_library
check "pkg-config" with_pkg_config "$prefix"
check "a mesh, CMake" mesh_with_cmake "$prefix"
check "a mesh, pkg-config" mesh_with_pkg_config "$prefix"
check "CMake, after a move" move_and_build with_cmake
check "pkg-config, after a move" move_and_build with_pkg_config
check "a mesh, CMake, after a move" move_and_build mesh_with_cmake
check "uninstall" uninstall_leaves_nothing
check "uninstall leaves what it found" uninstall_leaves_what_it_found
check "staged, folder per architecture" staged_install
check "CMake, staged" staged_with_cmake
check "pkg-config, staged" staged_with_pkg_config
check "uninstall, staged" staged_uninstall
check "make install and uninstall" by_make
check "a relative prefix is refused" refuses_relative_prefix
steps_end
