#!/bin/sh
# Runs the library in the processes that it is made for: programs with signal handlers, forks, limits and runtimes of
# their own. Each says at its top what it must show. Ends with "N passed, N failed, N skipped".
#   ctests/hosts/run.sh [LIBRARY [WORD]]
# WORD: only the parts whose names contain it.
# shellcheck disable=SC2086  # compilers and flags are lists throughout
set -eu
library=${1:-}
[ -z "$library" ] || library=$(realpath "$library")
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh
. ctests/hosts/tools.sh

here=ctests/hosts
work=$PWD/$BUILD/hosts
library=${library:-$PWD/$BUILD/libnet_meshos.so}
only=${2:-}
folder=${library%/*}
warnings="-Wall -Wextra -Werror -Wconversion -Wshadow"
link="-L$folder -lnet_meshos -Wl,-rpath,$folder -ldl -lpthread"
mkdir -p "$work"

# No host here takes a quarter of that on a slow machine: what runs longer hangs.
limit() { timeout --foreground -k 10 900 "$@"; }

part() { # part NAME COMMAND...
    case $1 in *"$only"*) check "$@" ;; esac
}

c_host() { # c_host PROGRAM ARGUMENT...
    program=$1
    shift
    need "$CC"
    run $CC -std=c11 -D_GNU_SOURCE $warnings $CFLAGS -Iinclude -o "$work/$program" "$here/c/$program.c" $link
    run limit "$work/$program" "$@"
}

# A program that says something on stderr though its host didn't is no guest. What a host itself says goes to stdout.
c_host_silent() { # c_host_silent VARIABLE=VALUE PROGRAM ARGUMENT...
    setting=$1
    shift
    (export "${setting?}" && c_host "$@" 2>"$work/stderr")
    cat "$work/stderr"
    [ ! -s "$work/stderr" ]
}

cpp_host() {
    need g++
    run g++ -std=c++17 $warnings $CFLAGS -Iinclude -o "$work/cpp" "$here/cpp/main.cpp" $link
    run limit "$work/cpp"
}

zig_host() {
    need_zig
    run $zig build-exe "$here/zig/main.zig" -Iinclude -L"$folder" -lnet_meshos -lc -rpath "$folder" \
        -femit-bin="$work/zig"
    run limit "$work/zig"
    # Zig's own words about a fault, and its end by SIGABRT.
    status=0
    limit "$work/zig" fault >"$work/zig.out" 2>&1 || status=$?
    cat "$work/zig.out"
    grep -q 'Segmentation fault at address 0x8' "$work/zig.out"
    [ $status -eq 134 ]
}

rust_host() { # rust_host NAME FLAG...
    need rustc
    program=$work/rust-$1
    shift
    # Newer ones ask for a list of the flags that are expected, which Debian's doesn't know.
    run rustc --edition 2021 -O -D warnings -A unknown_lints -A unexpected_cfgs "$@" -o "$program" "$here/rust/main.rs"
    run limit "$program" "$library"
}

python_host() {
    need python3
    run limit env PYTHONDONTWRITEBYTECODE=1 python3 "$here/python/host.py" "$library" "$1"
}

java_classes() {
    need_jna
    run javac -nowarn -d "$work/java" -cp "$jna" "$here"/jvm/*.java
}

# The exit status of the parts that end while callbacks run is theirs: 23.
java_host() { # java_host EXPECTED ARGUMENT...
    expected=$1
    shift
    status=0
    run limit java -XX:ErrorFile="$work/hs_err_%p.log" -cp "$work/java:$jna" "$@" || status=$?
    [ $status -eq "$expected" ]
}

java_jna() { # java_jna PART EXPECTED
    java_classes
    java_host "$2" JnaHost "$library" "$1"
}

java_jni() {
    java_classes
    home=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
    [ -e "$home/include/jni.h" ] || lacking "$home has no jni.h"
    run $CC -std=c11 $warnings $CFLAGS -fPIC -shared -Iinclude -isystem "$home/include" \
        -isystem "$home/include/linux" -o "$work/libjnihost.so" "$here/jvm/jni.c" $link
    java_host "$2" JniHost "$work/libjnihost.so" "$1"
}

node_host() { # node_host PART EXPECTED
    need_koffi
    status=0
    run limit node "$here/node/host.js" "$koffi" "$library" "$1" || status=$?
    [ $status -eq "$2" ]
}

go_host() { # go_host FLAG...
    export CGO_CFLAGS="-I$PWD/include" CGO_LDFLAGS="-L$folder -Wl,-rpath,$folder"
    run "$GO" -C "$here/go" vet .
    run "$GO" -C "$here/go" build -buildvcs=false "$@" -o "$work/go" .
    run limit "$work/go"
}

steps_begin "$BUILD/log/hosts"
part "C quiet until the start" c_host quiet "$library"
for what in sigwait signalfd; do
    part "C $what" c_host waiting $what
done
for when in before after; do
    part "C handlers $when, plain, 4 KB" c_host handlers $when plain 4
    part "C handlers $when, plain, 256 KB" c_host handlers $when plain 256
    part "C handlers $when, own stack, 64 KB" c_host handlers $when onstack 64
done
for what in small taken exchanged destructors handler; do
    part "C stacks $what" c_host stacks $what
done
for size in 64 1024; do
    part "C coroutines, $size KB" c_host coroutines $size
done
for what in before daemon closes after callback; do
    part "C forks $what" c_host forks $what
done
for what in memory descriptors threads blocked; do
    part "C limits $what" c_host limits $what
done
for what in heap closed; do
    part "C ends $what" c_host ends $what
done
for setting in GODEBUG=gctrace=1,schedtrace=1 GOMEMLIMIT=1MiB GOGC=1 GOMAXPROCS=100000 GOTRACEBACK=crash; do
    part "C environment $setting" c_host_silent $setting forks after
done
part "C++17" cpp_host
part "Zig" zig_host
part "Rust linked" rust_host linked --cfg linked -L "native=$folder" -C "link-arg=-Wl,-rpath,$folder"
part "Rust dlopen" rust_host dlopen
for what in threads fork spawn forkserver interrupt handlers exit; do
    part "Python $what" python_host $what
done
part "Java JNA exceptions" java_jna exceptions 0
part "Java JNA signals" java_jna signals 0
part "Java JNA exit" java_jna exit 23
part "Java JNI exceptions" java_jni exceptions 0
part "Java JNI signals" java_jni signals 0
part "Java JNI exit" java_jni exit 23
part "Node threads" node_host threads 0
part "Node signals" node_host signals 0
part "Node exit" node_host exit 23
part "Go" go_host
part "Go with the race detector" go_host -race
steps_end
