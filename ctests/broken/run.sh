#!/bin/sh
# The conformance suite's own test: it is set on libraries that are broken on purpose (stub/), and must fail
# exactly the cases that it should, with the words that it should; and it is given odd command lines.
#   ctests/broken/run.sh CONFORMANCE FOLDER CC
# Builds into FOLDER, with the libnet_meshos.so beside the suite. Last line: N passed, N failed, N skipped.
set -eu

[ $# -eq 3 ] || {
    echo "usage: $0 CONFORMANCE FOLDER CC" >&2
    exit 2
}
suite=$(realpath "$1")
library=$(dirname "$suite")/libnet_meshos.so
mkdir -p "$2"
work=$(realpath "$2")
cc=$3
cd "$(dirname "$0")/../.."
export LC_ALL=C

CC=$cc scripts/calls.sh header >"$work/calls.h"
passed=0 failed=0 skipped=0

pass() {
    passed=$((passed + 1))
    echo "ok   $1"
}

fail() { # fail NAME WHY [FILE]
    failed=$((failed + 1))
    echo "FAIL $1: $2"
    [ -z "${3:-}" ] || sed -n '/^ok/,/^  \.\.\.$/!s/^/    | /p' "$3" | head -n 60
}

skip() { # skip NAME WHY
    skipped=$((skipped + 1))
    echo "skip $1: $2"
}

build() { # build VARIANT FLAG...: the stub as $work/VARIANT.so
    variant=$1
    shift
    # shellcheck disable=SC2086  # a command with its arguments
    $cc -std=c11 -O1 -g -fPIC -shared "$@" -Iinclude -I"$work" ctests/broken/stub/*.c -o "$work/$variant.so" \
        -Wl,-z,defs -lpthread
}

# The cases that the stub passes where it isn't broken, and that are quick.
cases="
layout.symbols layout.handles_written layout.events_written layout.event_fields layout.vtable_slots
errors.new_thread errors.own_pair errors.cleared_by_success errors.kept errors.kept_by_dropped
errors.kept_by_null_accessors errors.message errors.message_of_huge_name
order.sdk_shutdown order.try_next_control order.publish_log
sdk_start.out_null sdk_start.queue_limit sdk_shutdown.consumes sdk_shutdown.null sdk_shutdown.wakes
register.null register.same_seed register.nul_in_name register.long_names register.after_free
accessors.name_lifetime
control.null control.empty control.timeout control.event_ends_unbounded
graceful.received graceful.next_control graceful.on_control graceful.still_received
graceful.takes_its_time
callbacks.polled callbacks.saturation callbacks.after_free
log.levels log.other_levels log.utf8 log.not_utf8 register.not_utf8_names resources.daemons
metadata.null metadata.ownership metadata.node_ids
capabilities.clear
inputs.registration inputs.vtable
process.silent signals.default
"

limit=30 # seconds; shorter where a case is to run into it

run() { # run VARIANT OPTION...: the cases on that library; TAP in $work/VARIANT.tap; the status is the suite's
    variant=$1
    shift
    for case in $cases; do # as a glob, for the name is part of others
        set -- "$@" --filter "[${case%"${case#?}"}]${case#?}"
    done
    "$suite" --lib "$work/$variant.so" --time-limit $limit --jobs 8 --junit "$work/$variant.xml" "$@" \
        >"$work/$variant.tap" 2>"$work/$variant.err"
}

failures() { # failures TAP: names of the cases that failed, one a line
    sed -n 's/^not ok [0-9]* - \([a-z0-9_.]*\).*/\1/p' "$1"
}

joined() { # joined NAMES: sorted, on one line
    # shellcheck disable=SC2086  # one name per line
    printf '%s\n' $1 | sort | tr '\n' ' '
}

# A break, the cases that must fail for it and none other, and words that must be said about one of them.
broken() { # broken BREAK "CASE..." WORDS
    name=$(echo "$1" | tr '[:upper:]' '[:lower:]')
    build "$name" "-DBREAK_$1"
    status=0
    run "$name" --strict || status=$?
    expected=$(joined "$2")
    found=$(joined "$(failures "$work/$name.tap")")
    if [ "$found" != "$expected" ]; then
        fail "$1" "these cases failed: $found- and should have: $expected" "$work/$name.tap"
    elif [ $status -ne 1 ]; then
        fail "$1" "exit status $status instead of 1"
    elif ! grep -qe "$3" "$work/$name.tap"; then
        fail "$1" "nothing says '$3'" "$work/$name.tap"
    else
        pass "$1: $expected"
    fi
}

. ctests/broken/reference.sh
start_reference
. ctests/broken/breaks.sh
check_reference
. ctests/broken/options.sh
. ctests/broken/header.sh

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
