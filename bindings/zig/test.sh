#!/bin/sh
# Tests the Zig module: what it wraps, its own tests, and a new program that fetches the package.
# Ends with "N passed, N failed, N skipped".
# shellcheck disable=SC2086,SC2154  # $zig is a command with its arguments, from need_zig
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh
. bindings/shared.sh

unset DESTDIR # zig build installs there, and below /usr where it is set and empty, as make sets it

here=bindings/zig
work=$PWD/$BUILD/bindings/zig
library=$PWD/$BUILD
mkdir -p "$work"
bindings/readme.sh $here/README.md text >"$work/wanted"

wraps_all() {
    bindings/externs.sh zig $here/src/c.zig
    # shellcheck disable=SC2046  # one argument a file
    bindings/covers.sh // $(find $here/src -name '*.zig' ! -name c.zig ! -name tests.zig)
}

formatted() {
    need_zig
    run $zig fmt --check $here/build.zig $here/src $here/example
}

# One part for each test.
tests() {
    need_zig
    status=0
    (cd $here && limit $zig build test -Dlib_dir="$library" --summary all) >"$work/tests" 2>&1 || status=$?
    cat "$work/tests"
    # "Build Summary: 3/3 steps succeeded; 14/14 tests passed", with "; N failed" and "; N skipped" where there are some.
    summary=$(grep '^Build Summary:' "$work/tests")
    passed=$(echo "$summary" | sed -n 's|.* \([0-9]*\)/[0-9]* tests passed.*|\1|p')
    all=$(echo "$summary" | sed -n 's|.* [0-9]*/\([0-9]*\) tests passed.*|\1|p')
    [ -n "$all" ] && echo "$passed passed, $((all - passed)) failed"
    return $status
}

example() {
    need_zig
    for linkage in dynamic static; do
        (cd $here && limit $zig build example -Dlib_dir="$library" -Dlinkage=$linkage) >"$work/said"
        diff "$work/wanted" "$work/said"
    done
}

# In an empty folder, with the README's files and the package, and nothing set.
readme() {
    need_zig
    grep -qF ".version = \"$VERSION\"" $here/build.zig.zon
    $here/package.sh | tee "$work/package"
    rm -rf "$work/user"
    mkdir -p "$work/user"
    bindings/readme.sh $here/README.md build >"$work/user/build.zig"
    bindings/readme.sh $here/README.md zig >"$work/user/words.zig"
    cmp $here/example/words.zig "$work/user/words.zig"
    cp "$(tail -n 1 "$work/package")" "$work/user/"
    cd "$work/user"
    printf '.{ .name = .words, .version = "0.0.0", .fingerprint = 0xbd5a2a81a8f0a1b2, .paths = .{""} }\n' >build.zig.zon
    # The fingerprint is made from the name: Zig says which one it wants.
    fingerprint=$($zig build 2>&1 | sed -n 's/.*use this value: \(0x[0-9a-f]*\).*/\1/p')
    sed -i "s/0xbd5a2a81a8f0a1b2/$fingerprint/" build.zig.zon
    run $zig fetch --save "net_meshos-$VERSION-zig.tar.gz"
    run $zig build
    limit zig-out/bin/words >"$work/said"
    diff "$work/wanted" "$work/said"
}

# The same with the library that is installed.
readme_with_pkg_config() {
    need_zig
    need pkg-config
    env -u LIBDIR PREFIX="$work/prefix" scripts/install.sh install
    rm -rf "$work/bare"
    cp -R $here "$work/bare"
    cd "$work/bare"
    PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig" LD_LIBRARY_PATH="$work/prefix/lib" $zig build example >"$work/said"
    diff "$work/wanted" "$work/said"
}

steps_begin "$BUILD/log/bindings/zig"
check "every call has a wrapper" wraps_all
check "formatted" formatted
suite "tests" tests
check "example" example
check "README with the package" readme
check "README with pkg-config" readme_with_pkg_config
steps_end
