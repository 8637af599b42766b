# shellcheck shell=sh
# Finds the tools that only tests need, and fetches into the build folder what a package registry has.
# Sourced after settings.sh. A tool that is not to be had ends the step with 77: skipped.

# One version, so that a new release can't break the tests.
zig_version=0.15.2

lacking() {
    echo "$*"
    exit 77
}

need() { # need TOOL: it is on this machine
    command -v "$1" >/dev/null || lacking "$1 is not installed"
}

# `make` leaves out a product whose library is lacking. One that doesn't compile has failed the build already.
need_built() { # need_built PRODUCT LIBRARY PACKAGE
    [ -e "$BUILD/$1" ] || lacking "$1 is not built: it needs $2, Debian's package $3"
}

# A module of its own names the Go that it needs, which may be newer than the project's.
need_go_for() { # need_go_for FOLDER
    "$GO" -C "$1" env GOVERSION >/dev/null || lacking "$1 needs a newer Go than $("$GO" env GOVERSION)"
}

# Sets $zig to the command of the Zig compiler. It comes as a Python package.
need_zig() { # need_zig [WHAT]: WHAT it stands in for
    command -v python3 >/dev/null || lacking "${1:-Zig} is not installed, nor python3 to fetch Zig with"
    tools=$PWD/$BUILD/tools
    zig="$tools/venv/bin/python -m ziglang"
    if [ ! -e "$tools/ziglang-$zig_version" ]; then
        rm -rf "$tools/venv"
        mkdir -p "$tools"
        python3 -m venv "$tools/venv" || lacking "python3 has no venv module"
        "$tools/venv/bin/pip" install --quiet "ziglang==$zig_version" || lacking "ziglang $zig_version can't be fetched"
        : >"$tools/ziglang-$zig_version"
    fi
    export ZIG_GLOBAL_CACHE_DIR="$tools/zig-cache" ZIG_LOCAL_CACHE_DIR="$tools/zig-cache"
}

# shellcheck disable=SC2034  # for the caller
# Sets $compiler to the command of a C or C++ compiler. Zig holds a clang, which stands in for a missing one.
need_compiler() { # need_compiler gcc|clang|g++|clang++
    compiler=$1
    if command -v "$1" >/dev/null; then
        return
    fi
    case $1 in
        clang) need_zig clang && compiler="$zig cc" ;;
        clang++) need_zig clang++ && compiler="$zig c++" ;;
        *) lacking "$1 is not installed" ;;
    esac
}

# gcc is also installed without the half of it that compiles C++.
need_cplusplus() { # need_cplusplus COMPILER
    # shellcheck disable=SC2086  # a command with its arguments
    echo 'int main();' | $1 -x c++ -fsyntax-only - || lacking "$1 can't compile C++: g++ is not installed"
}
