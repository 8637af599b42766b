#!/bin/sh
# The fuzzer of call sequences: first its own test on libraries that are broken on purpose, then the library.
# Ends with "N passed, N failed, N skipped".
#   ctests/fuzz/run.sh
# FUZZTIME: how many seconds the library is fuzzed, 60 if not set. FUZZ_SEED: where to begin; else the time.
# A failure leaves failure-SEED.plan in build/fuzz/.
# shellcheck disable=SC2086  # compilers and flags are lists
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh

here=ctests/fuzz
work=$BUILD/fuzz
library=$PWD/$BUILD/libnet_meshos.so
warnings="-std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wconversion -Wshadow"
fuzz=$work/meshos-fuzz
seconds=${FUZZTIME:-60}
mkdir -p "$work"

builds() {
    scripts/calls.sh header >"$work/calls.h"
    run $CC $warnings $CFLAGS -Iinclude -I"$work" "$here"/*.c -o "$fuzz" -lpthread -ldl
}

finds() { # finds BREAK WORD...: one of the words begins what it says
    name=$(echo "$1" | tr '[:upper:]' '[:lower:]')
    shim=$PWD/$work/$name.so
    run $CC -std=c11 -Wall -Wextra -Werror -O1 -fPIC -shared -Iinclude "-DBREAK_$1" "-DREAL_LIBRARY=\"$library\"" \
        "$here/broken/shim.c" -o "$shim" -Wl,--no-as-needed -L"$BUILD" -lnet_meshos -Wl,-rpath,"$PWD/$BUILD" -lpthread
    shift
    status=0
    # Which thread is first is chance, so a little more than it takes.
    "$fuzz" --lib "$shim" --seed 1 --seconds 60 --shrink 0 --out "$work" ${FUZZFLAGS:-} >"$work/$name.out" 2>&1 || status=$?
    grep -m 1 FAILED "$work/$name.out"
    [ $status -eq 1 ]
    for word in "$@"; do
        ! grep -q "^FAILED $word:" "$work/$name.out" || return 0
    done
    return 1
}

# With one thread a seed means the same calls with the same answers.
repeatable() {
    run "$fuzz" --lib "$library" --seed 1 --rounds 40 --same --out "$work" ${FUZZFLAGS:-}
}

# A failure's plan fails again, and one that doesn't fail says so.
replays() {
    shim=$PWD/$work/accepted.so
    rm -f "$work"/failure-*.plan
    ! "$fuzz" --lib "$shim" --seed 1 --threads 1 --seconds 60 --shrink 20 --out "$work" ${FUZZFLAGS:-} || return 1
    plan=$(ls "$work"/failure-*.plan)
    cat "$plan"
    [ "$(wc -l <"$plan")" -le 8 ]
    ! "$fuzz" --lib "$shim" --replay "$plan" --tries 3 || return 1
    run "$fuzz" --lib "$library" --replay "$plan" --tries 3
}

holds() {
    run "$fuzz" --lib "$library" --seconds "$seconds" --out "$work" ${FUZZ_SEED:+--seed "$FUZZ_SEED"} ${FUZZFLAGS:-}
}

# libFuzzer, for a quarter of the time each. It comes with clang, in a package of its own.
libfuzzer() { # libfuzzer NAME SOURCE-OR-FLAG...
    need clang
    echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return 0 * d[0] * (int)n; }' >"$work/empty.c"
    clang -fsanitize=fuzzer -w "$work/empty.c" -o "$work/empty" || lacking "clang has no libFuzzer here"
    program=$work/libfuzzer-$1
    corpus=$work/corpus-$1
    source=$here/libfuzzer/$1.c
    shift
    mkdir -p "$corpus"
    run clang $warnings -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -Iinclude -Icapi \
        "$source" "$@" -o "$program" -lpthread
    cp "$here/libfuzzer/seeds/"* "$corpus/"
    run "$program" -max_total_time=$((seconds / 4 + 1)) -timeout=300 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="$work/" "$corpus"
}

steps_begin "$BUILD/log/fuzz"
check "it builds" builds
check "finds swapped events" finds ORDER order
check "finds a lost event" finds LOST_EVENT totals error
check "finds a changed payload" finds CONTENT payload
check "finds a wrong count" finds ACCEPTED post
check "finds a gap in the outputs" finds NUMBERS output
check "finds a second destroy" finds DESTROY_TWICE destroy
check "finds a missing destroy" finds DESTROY_NEVER destroy end
check "finds callbacks at once" finds OVERLAP overlap
check "finds callbacks after the end" finds LATE destroy late crash
check "finds what a failed call writes" finds OUT out crash
check "finds an error without a kind" finds KIND error
check "finds a wrong status" finds STATUS handle
check "finds a stale handle that is used" finds STALE crash
check "finds a snapshot without bytes" finds SNAPSHOT state
check "finds a log record that comes twice" finds LOG log
check "finds an output function that stays" finds REPLACED output crash
check "one thread is repeatable" repeatable
check "failures are made small, and replayed" replays
check "the library holds for $seconds s" holds
check "libFuzzer on handles" libfuzzer handles capi/slots.c
check "libFuzzer on texts" libfuzzer texts -L"$BUILD" -lnet_meshos -Wl,-rpath,"$PWD/$BUILD"
steps_end
