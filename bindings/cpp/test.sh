#!/bin/sh
# Tests net_meshos.hpp: with both compilers, with sanitizers, and as a user who has installed the library.
# Ends with "N passed, N failed, N skipped".
# shellcheck disable=SC2086  # compilers and flags are lists
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh
. bindings/shared.sh

here=bindings/cpp
work=$PWD/$BUILD/bindings/cpp
flags="-std=c++17 -Wall -Wextra -Werror -Wconversion -Wshadow -pedantic -Iinclude -I$here"
link="-L$BUILD -lnet_meshos -Wl,-rpath,$PWD/$BUILD -lpthread"
mkdir -p "$work"
bindings/readme.sh $here/README.md text >"$work/wanted"

header_alone() { # header_alone COMPILER
    need_compiler "$1"
    need_cplusplus "$compiler"
    for flag in -std=c++17 -std=c++20 -fno-rtti; do
        echo '#include <net_meshos.hpp>' | run $compiler $flags $flag -x c++ -fsyntax-only -
    done
}

tests() { # tests COMPILER NAME FLAG...
    need_compiler "$1"
    need_cplusplus "$compiler"
    program=$work/$2
    shift 2
    run $compiler $flags "$@" -o "$program" $here/tests/*.cpp $link
    run limit "$program"
}

example() {
    need g++
    run g++ $flags $CFLAGS -o "$work/example" $here/example.cpp $link
    limit "$work/example" >"$work/said"
    diff "$work/wanted" "$work/said"
}

# Nothing of the sources is found there but what is installed.
installed() {
    [ -e "$work/user/prefix/include/net_meshos.hpp" ] && return
    rm -rf "$work/user"
    mkdir -p "$work/user/app"
    env -u DESTDIR -u LIBDIR PREFIX="$work/user/prefix" scripts/install.sh install
    bindings/readme.sh $here/README.md cpp >"$work/user/app/words.cpp"
    bindings/readme.sh $here/README.md cmake >"$work/user/app/CMakeLists.txt"
    cmp $here/example.cpp "$work/user/app/words.cpp"
}

readme_with_cmake() {
    need g++
    need cmake
    installed
    rm -rf "$work/user/build"
    run cmake -S "$work/user/app" -B "$work/user/build" -DCMAKE_CXX_COMPILER=g++ -DCMAKE_PREFIX_PATH="$work/user/prefix"
    run cmake --build "$work/user/build"
    (cd "$work/user" && limit build/words) >"$work/said"
    diff "$work/wanted" "$work/said"
}

readme_with_pkg_config() {
    need g++
    need pkg-config
    installed
    (
        cd "$work/user"
        export PKG_CONFIG_PATH="$work/user/prefix/lib/pkgconfig" LD_LIBRARY_PATH="$work/user/prefix/lib"
        # shellcheck disable=SC2046  # flags
        run g++ -std=c++17 app/words.cpp $(pkg-config --cflags --libs net_meshos) -o words
        limit ./words
    ) >"$work/said"
    sed -i '/^g++ /d' "$work/said"
    diff "$work/wanted" "$work/said"
}

rm -rf "$work/user"
steps_begin "$BUILD/log/bindings/cpp"
check "every call has a wrapper" bindings/covers.sh // $here/net_meshos.hpp
for compiler in g++ clang++; do
    check "the header alone, $compiler" header_alone $compiler
done
suite "tests, g++ with ASan and UBSan" tests g++ sanitized -O0 -g -fsanitize=address,undefined -fno-sanitize-recover=all
suite "tests, clang++" tests clang++ clang -O1
check "example" example
check "README with CMake" readme_with_cmake
check "README with pkg-config" readme_with_pkg_config
steps_end
