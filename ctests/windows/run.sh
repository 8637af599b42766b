#!/bin/sh
# Builds the DLL for Windows x64, and hosts with it, and runs them under wine: ctests/windows/run.sh [archive].
# With `archive`: what `make dist` has made, and all cases of the conformance suite. Otherwise what is built here, and
# all but the slow ones. Ends with "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh
. ctests/dist/narrow.sh
. scripts/tools.sh
. scripts/targets.sh
. scripts/windows.sh

mode=${1:-quick}
here=ctests/windows
export LC_ALL=C
unset PKG_CONFIG_PATH CMAKE_PREFIX_PATH LIBRARY_PATH C_INCLUDE_PATH CPATH
use_target windows-x86_64
for wine in wine64 wine /usr/lib/wine/wine64 ''; do
    ! command -v "$wine" >/dev/null || break
done
[ -n "$wine" ] || lacking "wine is not installed: Debian's package wine64"

work=$(mktemp -d)
export WINEPREFIX="$work/wine" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree=;mshtml="
# The server of this prefix alone.
server() {
    for each in wineserver /usr/lib/wine/wineserver; do
        if command -v "$each" >/dev/null; then
            "$each" "$@"
            return
        fi
    done
}
trap 'server -k 2>/dev/null; rm -rf "$work"' EXIT
tree=$work/net_meshos-$VERSION-windows-x86_64
mkdir "$work/user"
cp ctests/consumers/c/*.[ch] "$work/user/"

on_windows() { limited "$wine" "$@"; }

# wine before 9 lacks a DLL of Windows' that Go needs.
begin_wine() {
    limited "$wine" wineboot -i
    # A crash that a test causes is nothing for wine's debugger, whose work takes long and changes the exit status.
    limited "$wine" reg add 'HKLM\Software\Microsoft\Windows NT\CurrentVersion\AeDebug' /v Debugger /d none /f
    server -w
    system=$WINEPREFIX/drive_c/windows/system32
    [ -e "$system/bcryptprimitives.dll" ] ||
        run "$CC" -shared -O2 -Wall -Wextra -Werror "$here/bcryptprimitives.c" -o "$system/bcryptprimitives.dll" -lbcrypt
}

build() {
    if [ "$mode" = archive ]; then
        run python3 -m zipfile -e "$BUILD/dist/${tree##*/}.zip" "$work"
    else
        for product in net_meshos.dll meshos-conformance.exe; do
            BUILD=$BUILD/windows scripts/compile.sh "$product"
        done
        need_zig
        windows_tree "$BUILD/windows" "$tree"
    fi
    find "$tree" -type f | sort
    # A path of the machine that it was made on would be of no use to anybody.
    ! grep -rlaF -e "$PWD/" "$tree"
}

exports_the_api() {
    scripts/calls.sh names >"$work/declared"
    "$OBJDUMP" -p "$tree/bin/net_meshos.dll" |
        awk '/Ordinal\/Name Pointer/ { on = 1; next } on && !/^\t\[/ { exit } on { print $NF }' | sort |
        diff "$work/declared" -
    for library in libnet_meshos.dll.a net_meshos.lib; do
        "$NM" -g --defined-only "$tree/lib/$library" | awk '$2 == "T" && $3 ~ /^[a-z]/ { print $3 }' | sort | diff "$work/declared" -
    done
}

needs_only_windows() {
    "$OBJDUMP" -p "$tree/bin/net_meshos.dll" | sed -n 's/.*DLL Name: //p' | sort >"$work/needed"
    printf '%s\n' KERNEL32.dll bcrypt.dll msvcrt.dll | diff - "$work/needed"
    # Windows shows it, in UTF-16.
    strings -el "$tree/bin/net_meshos.dll" | grep -qx "$VERSION"
}

lives() { # lives PROGRAM: it is beside the DLL
    [ -e "${1%/*}/net_meshos.dll" ] || cp "$tree/bin/net_meshos.dll" "${1%/*}/"
    on_windows "$1" | tee "$work/said"
    grep -q 'consumer-c: lived and ended as it should' "$work/said"
}

with_pkg_config() {
    need pkg-config
    flags=$(PKG_CONFIG_LIBDIR=$tree/lib/pkgconfig pkg-config --cflags --libs net_meshos)
    mkdir "$work/gcc"
    # shellcheck disable=SC2086  # flags
    run "$CC" -std=c11 "$work"/user/*.c $flags -static -lpthread -o "$work/gcc/user.exe"
    lives "$work/gcc/user.exe"
}

# What Microsoft's linker would take. The host has another C library than the DLL.
with_lib() {
    need_zig
    mkdir "$work/lld"
    # shellcheck disable=SC2086  # a command with its arguments
    run $zig cc -target x86_64-windows-gnu -std=c11 -I"$tree/include" "$work"/user/*.c "$tree/lib/net_meshos.lib" -lpthread \
        -o "$work/lld/user.exe"
    lives "$work/lld/user.exe"
}

with_cmake() { # with_cmake package|subdirectory|fetch
    need cmake
    run cmake -S "$here/cmake" -B "$work/cmake-$1" -DCMAKE_TOOLCHAIN_FILE="$PWD/$here/cmake/mingw.cmake" "-DHOW=$1" \
        "-DSOURCES=$PWD" "-Dnet_meshos_DIR=$tree/lib/cmake/net_meshos" "-DCONSUMER=$work/user"
    run cmake --build "$work/cmake-$1"
    lives "$work/cmake-$1/user.exe"
}

conformance() {
    set -- --lib "$tree/bin/net_meshos.dll" --strict --time-limit 300
    if [ "$mode" != archive ]; then
        # Counting what a process has takes long under wine.
        for group in $(on_windows "$tree/bin/meshos-conformance.exe" --list | sed 's/\..*//' | sort -u); do
            [ "$group" = resources ] || set -- "$@" --filter "$group.*"
        done
    fi
    on_windows "$tree/bin/meshos-conformance.exe" "$@" | tr -d '\r' >"$work/tap"
    cat "$work/tap"
    tail -n 1 "$work/tap" | grep -qE '^2[0-9][0-9] passed, 0 failed, [0-9]+ skipped$'
    sed -n 's/^ok [0-9]* - \([^ ]*\) # SKIP /\1 /p' "$work/tap" >"$work/skipped"
    sed '/^#/d' "$here/skipped" | diff - "$work/skipped"
}

extension_calls() {
    BUILD=$BUILD/windows run scripts/compile.sh meshos-ext-suite.exe
    on_windows "$BUILD/windows/meshos-ext-suite.exe" --lib "$tree/bin/net_meshos.dll" --slow 5 | tr -d '\r' >"$work/tap"
    cat "$work/tap"
    tail -n 1 "$work/tap" | grep -qE '^2[0-9][0-9] passed, 0 failed, [0-9]+ skipped$'
    sed -n 's/^ok [0-9]* - \(.*\) # SKIP /\1 | /p' "$work/tap" >"$work/skipped"
    sed '/^#/d' "$here/skipped-extension" | diff - "$work/skipped"
}

# Where Go reads what the host gave it, and where C does: the exception's number ends the process, cut to a byte.
faults() {
    access_violation=$((0xC0000005 & 255))
    mkdir "$work/fault"
    cp "$tree/bin/net_meshos.dll" "$work/fault/"
    run "$CC" -std=c11 -Wall -Wextra -Werror "$here/fault.c" -I"$tree/include" -L"$tree/lib" -lnet_meshos -static \
        -o "$work/fault/fault.exe"
    for what in seed name tags; do
        for expected in "$access_violation" 42; do
            filter=
            [ "$expected" != 42 ] || filter=filter
            status=0
            # shellcheck disable=SC2086  # an argument or none
            on_windows "$work/fault/fault.exe" $what $filter >"$work/said" 2>&1 || status=$?
            cat "$work/said"
            echo "$what $filter: status $status, expected $expected"
            [ "$status" -eq "$expected" ]
            if grep -e goroutine -e 'no fault' "$work/said"; then return 1; fi
        done
    done
}

# The files that Windows has of its own, by the tests of their packages. wine before 9 can't do what Go's tests do to
# remove their folders: that they say, and nothing else.
go_tests() {
    for package in clock statefile; do
        GOOS=windows GOARCH=amd64 CGO_ENABLED=0 run "$GO" test -c -o "$work/$package.exe" "./internal/$package"
        (cd "internal/$package" && on_windows "$work/$package.exe" -test.v >"$work/said" 2>&1) || true
        cat "$work/said"
        grep -q '^=== RUN' "$work/said"
        if grep -E '_test\.go:|^panic|^fatal' "$work/said"; then return 1; fi
        sed -n 's/.*testing\.go:[0-9]*: //p' "$work/said" >"$work/complaints"
        if grep -v '^TempDir RemoveAll cleanup: .*Invalid function' "$work/complaints"; then return 1; fi
    done
}

refuses_32_bits() {
    is_refused env TARGET_ARCH=386 scripts/compile.sh net_meshos.dll
    narrow_c_is_refused
}

OBJDUMP=x86_64-w64-mingw32-objdump
steps_begin "$BUILD/log/windows"
check "32 bits are refused" refuses_32_bits
check "wine starts" begin_wine
check "DLL, import libraries, suite" build
check "exports" exports_the_api
check "needs nothing but Windows" needs_only_windows
check "C host, gcc and pkg-config" with_pkg_config
check "CMake, find_package" with_cmake package
if [ "$mode" = archive ]; then
    check "C host, LLVM's linker" with_lib
    check "CMake, add_subdirectory" with_cmake subdirectory
    check "CMake, FetchContent" with_cmake fetch
fi
check "faults" faults
check "Go tests" go_tests
check "conformance" conformance
[ "$mode" != archive ] || check "extension calls" extension_calls
steps_end
