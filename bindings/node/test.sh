#!/bin/sh
# Builds the package, installs it into empty projects, and tests it there. Ends with "N passed, N failed, N skipped".
#   bindings/node/test.sh [BUILD [WORD]]
# WORD: only the tests whose names contain it.
set -eu
cd "$(dirname "$0")/../.."
BUILD=${1:-${BUILD:-build}}
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh
. bindings/shared.sh
. bindings/node/tools.sh

have_node
only=${2:-}
here=$PWD/bindings/node
work=$PWD/$BUILD/bindings/node-test
rm -rf "$work"
mkdir -p "$work"
unset NET_MESHOS_LIBRARY NODE_OPTIONS NODE_PATH UV_THREADPOOL_SIZE

package() {
    need_node_package
    tar -tzf "$node_package" | sort >"$work/files"
    cat "$work/files"
    for file in package.json README.md LICENSE dist/index.js dist/index.d.ts; do
        grep -qx "package/$file" "$work/files"
    done
    for library in libnet_meshos.so libnet_meshos_node.so; do
        grep -q "^package/lib/linux-[^/]*/$library\$" "$work/files"
    done
    # Nothing of the sources and tests.
    if grep -E '^package/(src|bridge|test|bench)' "$work/files"; then return 1; fi
}

# What is in C compiles without a warning, and needs nothing but libc. koffi unloads it, and must not be able to.
bridge() { # bridge gcc|clang
    need "${1%% *}"
    for standard in "$1 -Werror" "$1 -Werror -O0"; do
        run env CC="$standard" bindings/node/bridge/build.sh "$work/bridge.so"
    done
    "$READELF" -d "$work/bridge.so" >"$work/bridge"
    cat "$work/bridge"
    grep -q NODELETE "$work/bridge"
    if grep NEEDED "$work/bridge" | grep -vE '\[(libc.so.6|libpthread.so.0|ld-linux.*)\]'; then return 1; fi
}

# The gate alone, with a loop that answers when it should.
gate() { # gate SANITIZERS
    # shellcheck disable=SC2086  # a command with its arguments
    run $CC -std=c11 -D_POSIX_C_SOURCE=200809L -g -O1 -Wall -Wextra -Werror -Wconversion -Wshadow "-fsanitize=$1" \
        bindings/node/bridge/*.c bindings/node/test/gate.c -lpthread -o "$work/gate"
    limit "$work/gate"
}

# Each test file is a process of its own.
tests() { # tests NAME
    need_node_package
    scripts/calls.sh names >"$work/calls.txt"
    rm -rf "$node_user/test"
    cp -r "$here/test" "$node_user/"
    cd "$node_user"
    NET_MESHOS_CALLS=$work/calls.txt NET_MESHOS_VERSION=$VERSION run limit node --test --test-timeout=800000 \
        --test-reporter=spec "test/$1.test.js"
}

# What a TypeScript user's compiler sees: types that fit, and a mistake that is found.
types() {
    need_node_package
    fetch_node_tools
    mkdir -p "$work/types/node_modules"
    cp "$here/test/types.ts" "$work/types/"
    for name in net-meshos koffi; do ln -s "$node_user/node_modules/$name" "$work/types/node_modules/"; done
    ln -s "$node_tools/node_modules/@types" "$work/types/node_modules/@types"
    cd "$work/types"
    echo '{"type": "module"}' >package.json
    tsc="$node_tools/node_modules/.bin/tsc --noEmit --strict --target ES2022 --module NodeNext --types node"
    run $tsc types.ts
    sed 's|// WRONG: ||' types.ts >wrong.ts
    status=0
    $tsc wrong.ts >found || status=$?
    cat found
    [ $status -ne 0 ]
    [ "$(grep -c 'error TS' found)" -eq "$(grep -c '// WRONG: ' types.ts)" ]
}

readme() {
    need_node_package
    new_node_project "$work/readme"
    part_of() { bindings/readme.sh "$here/README.md" "$1"; }
    part_of js >"$work/readme/first.js"
    part_of text >"$work/readme/expected"
    cd "$work/readme"
    limit node first.js >out 2>err
    cat out err
    diff expected out
    grep -q 'process of the daemon "counter" failed' err
}

example() {
    need_node_package
    cp "$here/examples/wordcount.js" "$node_user/"
    cd "$work"
    program="limit node $node_user/wordcount.js"
    printf 'The the, cat!\n\377\nA cat.\n' >text
    status=0
    $program text state >out 2>err || status=$?
    cat out err
    [ $status -eq 1 ]
    grep -q '^error: process: TypeError: The encoded data was not valid' err
    grep -q '^1 lines could not be read$' err
    printf 'cat\n' >text
    $program text state >out 2>err
    cat out err
    printf '     3 cat\n     2 the\n     1 a\n' | diff - out
    [ ! -s err ]
    status=0
    $program none state 2>err || status=$?
    cat err
    [ $status -eq 1 ]
    grep -q "^wordcount.js: ENOENT: no such file or directory, stat 'none'$" err
    wordcount_writes wordcount.js
}

# A library that isn't there, or isn't ours.
other_libraries() {
    need_node_package
    echo "import { version } from 'net-meshos'; console.log(version());" >"$node_user/version.js"
    [ "$(NET_MESHOS_LIBRARY=$PWD/$BUILD/libnet_meshos.so limit node "$node_user/version.js")" = "$VERSION" ]
    for case in "$work/none.so|can't load its library $work/none.so" \
        "libm.so.6|libm.so.6 is no libnet_meshos with the calls of net_meshos_ext.h: it lacks sdk_start"; do
        if NET_MESHOS_LIBRARY=${case%%|*} limit node "$node_user/version.js" >"$work/err" 2>&1; then return 1; fi
        cat "$work/err"
        grep -q "${case#*|}" "$work/err"
    done
    # Nor is a package made without one.
    if NET_MESHOS_LIBRARY=$work/none.so node "$here/bundle.js" 2>"$work/err"; then return 1; fi
    grep 'none.so is not there: run make first' "$work/err"
    # Nor without a compiler, and it doesn't work without what that makes.
    cp -r "$here" "$work/without"
    if (cd "$work/without" && NET_MESHOS_LIBRARY=$OLDPWD/$BUILD/libnet_meshos.so CC=$work/none node bundle.js) 2>"$work/err"; then return 1; fi
    grep 'bridge/ was not compiled: install a C compiler, or name one' "$work/err"
    new_node_project "$work/user"
    rm "$work"/user/node_modules/net-meshos/lib/*/libnet_meshos_node.so
    cp "$node_user/version.js" "$work/user/"
    if limit node "$work/user/version.js" 2>"$work/err"; then return 1; fi
    grep 'net-meshos has no library for .*/libnet_meshos_node.so is not there' "$work/err"
    # A machine's library without the machine's bridge.
    cp "$BUILD/libnet_meshos.so" "$work/arm64.so"
    printf '\267' | dd of="$work/arm64.so" bs=1 seek=18 conv=notrunc 2>/dev/null
    if (cd "$work/without" && NET_MESHOS_LIBRARY=$work/arm64.so node bundle.js) 2>"$work/err"; then return 1; fi
    grep 'NET_MESHOS_BRIDGE names no libnet_meshos_node.so for arm64: make one with bridge/build.sh' "$work/err"
}

benchmark() {
    need_node_package
    bindings/node/bench.sh "$BUILD" | tee "$work/bench"
    [ "$(grep -cE '^(post|post_batch_256) [1-9][0-9]* events/s$|^try_next_control [1-9][0-9]* ns$' "$work/bench")" -eq 3 ]
}

steps_begin "$BUILD/log/bindings-node"
part "package" package
part "bridge with gcc" bridge gcc
part "bridge with clang" bridge clang
part "gate with ASan" gate address,undefined
part "gate with TSan" gate thread
part "types" types
for name in calls events failures control process workers; do
    part "tests of $name" tests $name
done
part "README from an empty project" readme
part "example" example
part "other libraries" other_libraries
part "benchmark" benchmark
steps_end
