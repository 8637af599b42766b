#!/bin/sh
# Builds and runs a daemon host in each language that we promise, against the library in the build folder,
# and compiles the headers as every standard that they claim. Ends with "N passed, N failed, N skipped".
# shellcheck disable=SC2086  # compilers and flags are lists throughout
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh

here=ctests/consumers
work=$BUILD/consumers
library=$PWD/$BUILD/libnet_meshos.so
archive=$PWD/$BUILD/libnet_meshos.a
warnings="-Wall -Wextra -Werror -Wconversion -Wshadow -pedantic"
link="-L$BUILD -lnet_meshos -Wl,-rpath,$PWD/$BUILD -lpthread"
mkdir -p "$work"

# A consumer that hangs has failed. Each takes a few seconds.
limit() { timeout --foreground -k 10 600 "$@"; }

compile_and_run() { # compile_and_run COMPILER OUTPUT ARGUMENT...
    compiler=$1 program=$work/$2
    shift 2
    run $compiler $warnings $CFLAGS -Iinclude -o "$program" "$@"
    run limit "$program"
}

header() { # header COMPILER LANGUAGE STANDARD
    need_compiler "$1"
    [ "$2" = c ] || need_cplusplus "$compiler"
    for header in include/*.h; do
        sed "s|net_meshos.h|${header##*/}|" "$here/header/include_twice.c" >"$work/include_twice.c"
        run $compiler -x "$2" -std="$3" $warnings -Iinclude -c -o "$work/include_twice.o" "$work/include_twice.c"
    done
}

c_shared() {
    need_compiler "$1"
    compile_and_run "$compiler" "c-$1" -std=c11 "$here"/c/*.c $link
}

cpp() {
    need_compiler "$1"
    compile_and_run "$compiler" "cpp-$1" -std=c++17 "$here"/cpp/main.cpp $link
}

c_dlopen() {
    run $CC -std=c11 $warnings $CFLAGS -Iinclude -o "$work/dlopen" "$here/dlopen/main.c" -ldl -lpthread
    run limit "$work/dlopen" "$library"
}

c_static() {
    need_compiler "$1"
    compile_and_run "$compiler" "static-$1" -std=c11 "$here"/c/*.c "$archive" -lpthread
}

# The program defines each name that is global in Go's own archive, and each definition is a trap.
c_static_same_names() {
    "$NM" -g --defined-only "$BUILD/go/static/raw.a" |
        awk 'NF == 3 && $3 ~ /^[A-Za-z_][A-Za-z0-9_]*$/ && $3 !~ /^(net_meshos_.*|main)$/ { print $3 }' |
        sort -u >"$work/names"
    count=$(wc -l <"$work/names")
    echo "$count names"
    [ "$count" -gt 20 ]
    {
        echo 'extern void abort(void);'
        sed 's/.*/void &(void); void &(void) { abort(); }/' "$work/names"
    } >"$work/same_names.c"
    run $CC -O2 -fno-builtin -w -c -o "$work/same_names.o" "$work/same_names.c"
    compile_and_run $CC static-same-names -std=c11 "$here"/c/*.c "$work/same_names.o" "$archive" -lpthread
}

c_static_two_go_runtimes() {
    run "$GO" -C "$here/static/guest" build -buildvcs=false -buildmode=c-archive -o "$PWD/$work/libguest.a" .
    compile_and_run $CC static-two-runtimes -std=c11 -isystem "$work" "$here/static/main.c" "$here/c/life.c" \
        "$here/c/watch.c" "$archive" "$work/libguest.a" -lpthread
}

python() {
    need python3
    run limit env PYTHONDONTWRITEBYTECODE=1 python3 "$here/python/consumer.py" "$library"
}

zig() {
    need_zig
    run $zig build-exe "$here/zig/main.zig" -Iinclude -L"$BUILD" -lnet_meshos -lc -rpath "$PWD/$BUILD" \
        -femit-bin="$work/zig"
    run limit "$work/zig"
}

go_cgo() {
    export CGO_CFLAGS="-I$PWD/include" CGO_LDFLAGS="-L$PWD/$BUILD -Wl,-rpath,$PWD/$BUILD"
    run "$GO" -C "$here/go" vet .
    run "$GO" -C "$here/go" build -buildvcs=false "$@" -o "$PWD/$work/go" .
    run limit "$work/go"
}

steps_begin "$BUILD/log/consumers"
for compiler in gcc clang; do
    check "header C99 $compiler" header "$compiler" c c99
    check "header C11 $compiler" header "$compiler" c c11
    check "header C23 $compiler" header "$compiler" c c2x
    check "header C++17 $compiler" header "$compiler" c++ c++17
    check "C $compiler" c_shared "$compiler"
    check "C static $compiler" c_static "$compiler"
done
check "C dlopen" c_dlopen
check "C static, same names as in it" c_static_same_names
check "C static, second Go runtime" c_static_two_go_runtimes
check "C++17 g++" cpp g++
check "C++17 clang++" cpp clang++
check "Zig" zig
check "Python" python
check "Go" go_cgo
check "Go with the race detector" go_cgo -race
steps_end
