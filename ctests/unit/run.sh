#!/bin/sh
# Builds and runs the unit tests of the C half, without Go's: plain, with AddressSanitizer and UBSan, and with
# ThreadSanitizer. Also with clang, if it is installed. Each test runs in a process of its own. Go itself is
# needed for its tool cgo, see generate.sh.
#   ctests/unit/run.sh CC WORKDIR [TEST]
# TEST: run only the tests whose names contain it. UNIT_SEED=N repeats a run of the random tests.
# shellcheck disable=SC2086  # compilers and flags are lists
set -eu
cd "$(dirname "$0")/../.."
[ $# -ge 2 ] || {
    echo "usage: ctests/unit/run.sh CC WORKDIR [TEST]" >&2
    exit 2
}
cc=$1 work=$2 only=${3:-}

flags="-std=c11 -D_POSIX_C_SOURCE=200809L -O2 -g -Wall -Wextra -Werror -Wconversion -Wshadow -fvisibility=hidden"
flags="$flags -Iinclude -Icapi -Ictests/unit -I$work/generated"
# alloc.c counts allocations and makes some fail; test_timed.c refuses conditions the monotonic clock.
link="-lpthread -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free,--wrap=pthread_condattr_setclock"

export ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1:${TSAN_OPTIONS:-}"

passed=0 failed=0
mkdir -p "$work"

say() { # say RESULT COMPILER BUILD NAME
    printf '%-4s %-5s %-5s %s\n' "$@"
    case $1 in
        ok) passed=$((passed + 1)) ;;
        *) failed=$((failed + 1)) ;;
    esac
}

compiles() { # compiles COMPILER FLAG...: an empty program
    echo 'int main(void) { return 0; }' >"$work/empty.c"
    "$@" -o "$work/empty" "$work/empty.c" >"$work/empty.log" 2>&1
}

# ThreadSanitizer knows no fences. Where the code has one it needs none itself: what is read before is atomic.
# gcc says so as a warning, which clang does not have.
tsan_flags() { # tsan_flags COMPILER
    printf '%s' -fsanitize=thread
    if compiles $1 -Werror -Wno-tsan; then printf ' %s' -Wno-tsan; fi
}

# An older ThreadSanitizer can't place its shadow where addresses are very random.
launcher() { # launcher BUILD
    [ "$1" = tsan ] || return 0
    if ! "$work/empty" >/dev/null 2>&1 && setarch -R "$work/empty" >/dev/null 2>&1; then echo setarch -R; fi
}

run_tests() { # run_tests COMPILER-NAME BUILD PROGRAM
    launch=$(launcher "$2")
    "$3" list >"$work/list" || $launch "$3" list >"$work/list"
    while IFS= read -r name; do
        case $name in *"$only"*) ;; *) continue ;; esac
        if $launch "$3" "$name" >"$work/output" 2>&1 </dev/null; then
            say ok "$1" "$2" "$name$(sed -n 's/^seed \(.*\)/ (seed \1)/p' "$work/output")"
        else
            say FAIL "$1" "$2" "$name"
            sed 's/^/    | /' "$work/output"
        fi
    done <"$work/list"
}

build_and_run() { # build_and_run COMPILER BUILD FLAGS
    name=$(basename "${1%% *}")
    program=$work/$name-$2
    if ! compiles $1 $3; then
        say FAIL "$name" "$2" "the compiler can't build for it"
        sed 's/^/    | /' "$work/empty.log"
    elif ! $1 $flags $3 -o "$program" ctests/unit/*.c "$work"/generated/*.c capi/*.c $link >"$work/$name-$2.log" 2>&1; then
        say FAIL "$name" "$2" "the tests don't compile"
        sed 's/^/    | /' "$work/$name-$2.log"
    else
        run_tests "$name" "$2" "$program"
    fi
}

all_builds() { # all_builds COMPILER
    build_and_run "$1" plain ""
    build_and_run "$1" asan "-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
    build_and_run "$1" tsan "$(tsan_flags "$1")"
}

ctests/unit/generate.sh "$work/generated"
all_builds "$cc"
case $(basename "${cc%% *}") in
    clang*) ;;
    *) if command -v clang >/dev/null; then all_builds clang; fi ;;
esac

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
