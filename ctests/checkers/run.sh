#!/bin/sh
# Checkers that look at the code, or at a run of it: valgrind's memcheck, staticcheck, gcc's analyzer, clang-tidy.
# Ends with "N passed, N failed, N skipped".
#   ctests/checkers/run.sh         all of them
#   ctests/checkers/run.sh audit   govulncheck, which asks a database on the net; no part of the tests
# shellcheck disable=SC2086  # compilers and flags are lists
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh

here=ctests/checkers
work=$PWD/$BUILD/checkers
staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.6.1
govulncheck=golang.org/x/vuln/cmd/govulncheck@v1.1.4
mkdir -p "$work"

# Programs of modules, with a cache of their own in the build folder. -modcacherw: so that it can be removed.
go_program() { # go_program PROGRAM@VERSION: sets $program
    program=${1##*/}
    program=$PWD/$BUILD/tools/bin/${program%@*}
    run env GOMODCACHE="$PWD/$BUILD/tools/gomod" GOFLAGS=-modcacherw GOBIN="${program%/*}" "$GO" install "$1" ||
        lacking "${1##*/} can't be fetched"
}

if [ "${1:-}" = audit ]; then
    go_program "$govulncheck"
    for module in . cmd/meshos gotests; do
        (cd "$module" && run "$program" ./...)
    done
    exit
fi

static_check() { # static_check MODULE [OPTION...]
    go_program "$staticcheck"
    cd "$1"
    shift
    run "$program" "$@" ./...
}

# What is found against what is known: both "ANALYZER FILE CHECK".
nothing_new() { # nothing_new ANALYZER FOUND
    sed -n "s/^\($1 [^ ]* [^ ]*\).*/\1/p" "$here/known" | LC_ALL=C sort -u >"$work/known-$1"
    LC_ALL=C sort -u "$2" | diff "$work/known-$1" - && return 0
    echo "'>' is found and not known, '<' is known in $here/known and no longer found"
    return 1
}

c_flags="-std=c11 -D_POSIX_C_SOURCE=200809L -Iinclude -Icapi -I$work/generated"

# What capi/ includes of Go's.
cgo_header() {
    ctests/unit/generate.sh "$work/generated"
}

gcc_analyzer() {
    need gcc
    gcc -fanalyzer -x c -c -o /dev/null /dev/null 2>/dev/null || lacking "this gcc has no analyzer"
    cgo_header
    for file in capi/*.c; do
        gcc $c_flags -O2 -fanalyzer -Wall -Wextra -c "$file" -o /dev/null 2>&1
    done | tee "$work/gcc.out" | sed -n 's|^capi/\([^:]*\):.*\[-W\([^]]*\)\]$|gcc \1 \2|p' >"$work/gcc.found"
    cat "$work/gcc.out"
    grep -q 'error:' "$work/gcc.out" && return 1
    nothing_new gcc "$work/gcc.found"
}

# Not looked for: parameters that could be swapped (that is the ABI's business), integers that are cast to pointers
# (handles are), the underscore of cgo's header, and functions that C11's annex K would replace, which nobody has.
clang_tidy() {
    need clang-tidy
    cgo_header
    checks='-*,bugprone-*,clang-analyzer-*,cert-*,concurrency-*,misc-*,performance-*,portability-*'
    checks="$checks,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier,-cert-dcl37-c,-cert-dcl51-cpp"
    checks="$checks,-performance-no-int-to-ptr,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling"
    clang-tidy --quiet --checks="$checks" capi/*.c -- $c_flags >"$work/tidy.out" 2>"$work/tidy.err" || true
    cat "$work/tidy.out"
    sed -n 's#^.*/capi/\([^:]*\):[0-9:]* \(warning\|error\): .*\[\([^],]*\).*\]$#tidy \1 \3#p' "$work/tidy.out" \
        >"$work/tidy.found"
    grep -q 'error:' "$work/tidy.out" && return 1
    nothing_new tidy "$work/tidy.found"
}

# The library with the names of its functions, which the one that is shipped lacks: suppressions go by them.
library_with_names() {
    rm -rf "$work/source"
    mkdir -p "$work/source"
    cp -R go.mod go.sum capi internal runtime include scripts examples "$work/source/"
    sed -i 's/-s -w -buildid/-w -buildid/' "$work/source/scripts/compile.sh"
    BUILD=build "$work/source/scripts/compile.sh" libnet_meshos.so
    cp "$work/source/build/libnet_meshos.so" "$work/libnet_meshos.so"
    "$NM" "$work/libnet_meshos.so" | grep -q ' net_meshos_sdk_start$'
}

under_valgrind() { # under_valgrind LOG PROGRAM ARGUMENT...: memcheck's errors only, in LOG.PID
    log=$1
    shift
    rm -f "$log".*
    valgrind --quiet --trace-children=yes --error-exitcode=9 --suppressions="$work/go.supp" --log-file="$log.%p" "$@"
}

# What memcheck says but for its notes.
complaints() { # complaints LOG
    cat "$1".* | grep '^==' | grep -v 'set address range perms' || true
}

prepare_valgrind() {
    need valgrind
    "$here/go_suppressions.sh" "$GO" >"$work/go.supp"
    $CC -shared -fPIC -Wall -Wextra -Werror -O1 "$here/self.c" -o "$work/self.so"
    # All that stands behind "$@" runs on the library with names.
    export LD_LIBRARY_PATH="$work"
}

# Reads that are wrong in a callback, and in C of the library: both are said, or the suppressions hide too much.
memcheck_sees() {
    prepare_valgrind
    $CC -std=c11 -Wall -Wextra -Werror -O0 -g -Iinclude "$here/overrun.c" -o "$work/overrun" -L"$BUILD" -lnet_meshos
    status=0
    under_valgrind "$work/overrun.log" "$work/overrun" || status=$?
    complaints "$work/overrun.log" | tee "$work/overrun.said"
    [ $status -eq 9 ] && grep -q 'process (overrun.c' "$work/overrun.said"
}

# A case of each group. What measures time, memory or threads, or forks, is not for a machine that is emulated.
memcheck_suite() {
    prepare_valgrind
    suite=$PWD/$BUILD/meshos-conformance
    set --
    for case in layout. errors. accessors. control.null control.empty control.event register.null \
        register.same_seed register.utf8 register.after_free log.utf8 metadata.null metadata.ownership \
        capabilities.clear handles.stale graceful.next_control events.; do
        set -- "$@" --filter "$case"
    done
    status=0
    LD_PRELOAD=$work/self.so CHECKED_PROGRAM=$suite under_valgrind "$work/suite.log" "$suite" \
        --lib "$work/libnet_meshos.so" --time-limit 300 "$@" >"$work/suite.tap" 2>&1 || status=$?
    grep -E '^(ok|not ok)' "$work/suite.tap"
    complaints "$work/suite.log"
    [ -z "$(complaints "$work/suite.log")" ] && [ $status -eq 0 ]
    [ "$(grep -c '^ok' "$work/suite.tap")" -ge 20 ]
}

steps_begin "$BUILD/log/checkers"
check "gcc's analyzer" gcc_analyzer
check "clang-tidy" clang_tidy
check "staticcheck" static_check .
check "staticcheck mesh" static_check . -tags mesh
check "staticcheck cmd/meshos" static_check cmd/meshos -tags mesh
check "staticcheck gotests" static_check gotests
check "a library with names" library_with_names
check "memcheck sees what is wrong" memcheck_sees
check "memcheck, the conformance suite" memcheck_suite
steps_end
