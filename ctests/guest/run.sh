#!/bin/sh
# What the library does to the process that it lives in: each test in a process of its own, against the shared
# library, against the archive, and against that with a static C library. Ends with "N passed, N failed, N skipped".
#   ctests/guest/run.sh [WORD]    only the tests whose names contain it
# shellcheck disable=SC2086  # CC and CFLAGS are lists
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh

only=${1:-}
here=ctests/guest
work=$BUILD/guest
library=$PWD/$BUILD/libnet_meshos.so
flags="-std=gnu11 -Wall -Wextra -Werror -Wconversion -Wshadow $CFLAGS -Iinclude"
shared="-L$BUILD -Wl,--no-as-needed -lnet_meshos -Wl,-rpath,$PWD/$BUILD -lpthread"
archive="$BUILD/libnet_meshos.a -lpthread"
passed=0 failed=0 skipped=0
mkdir -p "$work"

# What the tests are about must not come from whoever runs them.
unset GODEBUG GOMEMLIMIT GOGC GOMAXPROCS GOTRACEBACK NET_MESHOS_CONFIG

try() { # try NAME COMMAND...
    name=$1
    shift
    case $name in *"$only"*) ;; *) return 0 ;; esac
    status=0
    timeout --foreground -k 10 600 "$@" >"$work/output" 2>&1 </dev/null || status=$?
    case $status in
        0) passed=$((passed + 1)) result=ok ;;
        77) skipped=$((skipped + 1)) result=skip ;;
        *) failed=$((failed + 1)) result=FAIL ;;
    esac
    printf '%-4s %s  %s\n' "$result" "$name" "$([ "$result" = FAIL ] || tail -n 1 "$work/output")"
    [ "$result" != FAIL ] || {
        echo "     status $status"
        tail -n 30 "$work/output" | sed 's/^/    | /'
    }
}

run $CC $flags $here/load/load.c -o "$work/load" -ldl
run $CC $flags -DLINKED $here/load/load.c -o "$work/load-linked" $shared
run $CC $flags -DLINKED $here/load/load.c -o "$work/load-static" $archive
run $CC $flags $here/*.c -o "$work/guest" $shared
run $CC $flags $here/*.c -o "$work/guest-static" $archive
run $CC $flags -static $here/*.c -o "$work/guest-alone" $archive

looks_like_unlinked() { # looks_like_unlinked PROGRAM
    "$work/load" look >"$work/unlinked"
    "$1" look >"$work/linked"
    diff "$work/unlinked" "$work/linked"
}

try "load: dlopen leaves the process as it was" "$work/load" "$library"
for program in load-linked load-static; do
    if looks_like_unlinked "$work/$program" >"$work/diff" 2>&1; then
        try "load: $program is like a program without it" true
    else
        try "load: $program is like a program without it" sh -c "cat '$work/diff'; false"
    fi
done
for program in guest guest-static guest-alone; do
    "$work/$program" list >"$work/list"
    while IFS= read -r name; do
        # What the loader has left to do is nothing there.
        case $program:$name in guest-alone:pointers:*) continue ;; esac
        try "$program: $name" "$work/$program" "$name"
    done <"$work/list"
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
