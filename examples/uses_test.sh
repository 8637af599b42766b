#!/bin/sh
# Tries the log pipeline and the sensor gateway as a user would, in C and in Python: their results against awk's, what
# they refuse, full disks, and a gateway that is killed again and again. Ends with "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh
. bindings/python/tools.sh

root=$PWD
work=$PWD/$BUILD/uses-test
rm -rf "$work"
mkdir -p "$work"
export LC_ALL=C PYTHONDONTWRITEBYTECODE=1

# Sets $program to the command of an example.
need_program() { # need_program logpipe|gateway c|python
    program=$root/$BUILD/$1
    if [ "$2" = python ]; then
        need_package
        program="$python $root/examples/$1.py"
    fi
    cd "$work"
    said=$1
    [ "$2" = c ] || said=$1.py
}

# Runs the program; $status is its exit status, out and err what it said.
try() {
    status=0
    # shellcheck disable=SC2086  # a command with its arguments
    timeout --foreground -k 10 600 $program "$@" >out 2>err </dev/null || status=$?
    cat err
}

refuses() { # refuses WORDS ARGUMENT...
    words=$1
    shift
    try "$@"
    [ "$status" -eq 1 ]
    grep -qF "$said: $words" err
    [ ! -s out ]
}

make_log() { # make_log LINES: every 97th is no line of a log
    awk -v lines="$1" 'BEGIN {
        split("DEBUG INFO WARN ERROR", level, " ")
        for (i = 0; i < lines; i++)
            if (i % 97 == 5) print "garbage"
            else printf "2026-11-28T01:%02d:%02d.%03d %s part%d: something happened, number %d\n",
                i / 60000 % 60, i / 1000 % 60, i % 1000, level[1 + i * 7919 % 11 % 4], i % 13, i
    }' >log
}

logs() { # logs c|python LINES
    need_program logpipe "$1"
    make_log "$2"
    wc -c log
    try WARN log counts kept
    [ "$status" -eq 0 ]
    awk '$2 == "WARN" || $2 == "ERROR"' log >expected
    cmp expected kept
    awk '{ n[$2]++ } END { print "WARN " n["WARN"]; print "ERROR " n["ERROR"] }' expected | diff - counts
    grep -q "^$said: $2 lines, [0-9]* below WARN, $(grep -c garbage log) malformed$" err
    # What was there is replaced, and a last line needs no end.
    printf 'noon INFO one\nnoon WARN two' >short
    try INFO short counts
    [ "$status" -eq 0 ]
    printf 'INFO 1\nWARN 1\nERROR 0\n' | diff - counts
}

logs_refused() { # logs_refused c|python
    need_program logpipe "$1"
    printf 'noon INFO one\n' >log
    echo before >counts
    cp log log.before
    ln -f log link
    for output in log ./log link; do
        try INFO log "$output" && [ "$status" -eq 1 ]
        grep -q 'nothing is written' err
        try INFO log counts "$output" && [ "$status" -eq 1 ]
        grep -q 'nothing is written' err
    done
    for output in counts new; do
        try INFO log "$output" ./"$output" && [ "$status" -eq 1 ]
        grep -q 'nothing is written' err
    done
    refuses "none: No such file or directory" INFO none counts
    refuses "none/counts: No such file or directory" INFO log none/counts
    refuses "none/kept: No such file or directory" INFO log new none/kept
    refuses ".: Is a directory" INFO log .
    cmp log log.before
    [ "$(cat counts)" = before ]
    [ ! -e new ]
    for arguments in "" "INFO log" "LOUD log counts" "INFO log counts kept more"; do
        # shellcheck disable=SC2086  # several
        try $arguments
        [ "$status" -eq 2 ]
        grep -q "$said LEVEL LOG COUNTS \[KEPT\]" err
    done
}

# More lines than any buffer holds, so that it is noticed in the midst of the work, and few, so that it is at the end.
logs_on_a_full_disk() { # logs_on_a_full_disk c|python
    [ -e /dev/full ] || lacking "there is no /dev/full"
    need_program logpipe "$1"
    for lines in 20000 3; do
        make_log $lines
        refuses "/dev/full: No space left on device" DEBUG log counts /dev/full
        refuses "/dev/full: No space left on device" DEBUG log /dev/full kept
    done
}

make_spool() { # make_spool LINES: every 997th is no reading
    awk -v lines="$1" 'BEGIN {
        for (i = 0; i < lines; i++)
            if (i % 997 == 5) print "garbage"
            else printf "sensor%d %d\n", i % 13, i * 7919 % 1000 - 300
    }' >spool
}

sums_agree() {
    awk 'NF == 2 { n[$1]++; sum[$1] += $2 } END { for (s in n) print s, n[s], sum[s] }' spool | sort >expected
    grep -E '^sensor[0-9]+ ' out | sort | diff expected -
    grep -q "^last $(wc -l <spool) malformed $(grep -c garbage spool)$" out
}

# Its words go into a pipe, and what isn't read fills that: so it is in the midst of its work when it is killed, however
# fast it is. An inbox holds 4,096 readings, so of those that were sent some have been written each time.
killed() { # killed c|python
    need_program gateway "$1"
    rm -rf state said
    make_spool 60000
    mkfifo said
    before=-1
    for kill in 1 2 3 4; do
        # shellcheck disable=SC2086  # a command with its arguments
        $program -v spool state >out 2>said &
        process=$!
        exec 9<said
        at='' sent=0
        while [ "$sent" -lt 6000 ] && IFS= read -r line <&9; do
            case $line in
                *"going on after reading "*) at=${line##* } ;;
                *" sent "*) sent=$((sent + 1)) ;;
                *) echo "$line" ;;
            esac
        done
        kill -KILL "$process"
        exec 9<&-
        status=0
        wait "$process" || status=$?
        echo "start $kill went on after reading $at and was killed when it had said $sent more, status $status"
        [ "$status" -eq 137 ]
        [ "$at" -gt "$before" ]
        [ ! -s out ]
        before=$at
    done
    try spool state
    [ "$status" -eq 0 ]
    sums_agree
    # All of it is there, and a spool that grows is gone on with. A line without its end waits.
    printf 'sensor1 5\nsensor2' >>spool
    try spool state
    [ "$status" -eq 0 ]
    grep -q "going on after reading 60000$" err
    printf ' 7\n' >>spool
    try spool state
    grep -q "going on after reading 60001$" err
    sums_agree
}

gateway_refused() { # gateway_refused c|python
    need_program gateway "$1"
    rm -rf state none
    make_spool 2000
    cp spool spool.before
    refuses "none: No such file or directory" none state
    refuses ".: Is a directory" . state
    : >file
    try spool file/state
    [ "$status" -eq 1 ]
    grep -q 'config_invalid: state_dir' err
    status=0
    # shellcheck disable=SC2086,SC2094  # a command with its arguments; it is refused for that
    $program spool state >>spool 2>err </dev/null || status=$?
    [ "$status" -eq 1 ]
    grep -q 'the standard output is the spool itself' err
    cmp spool spool.before
    if [ -e /dev/full ]; then
        status=0
        # shellcheck disable=SC2086
        $program spool state >/dev/full 2>err </dev/null || status=$?
        cat err
        [ "$status" -eq 1 ]
        grep -q "^$said: standard output: No space left on device$" err
        if [ "$1" = c ]; then
            for example in gateway logpipe; do
                status=0
                "$root/$BUILD/$example" --help >/dev/full 2>err || status=$?
                [ "$status" -eq 1 ]
                grep -qx "$example: standard output: No space left on device" err
            done
        fi
    fi
    status=0
    # shellcheck disable=SC2086
    $program spool state >&- 2>err </dev/null || status=$?
    cat err
    [ "$status" -eq 1 ]
    grep -qE "^$said: standard output: (Bad file descriptor|it is closed)$" err
    # A damaged state is no new beginning in silence.
    try spool state
    [ "$status" -eq 0 ]
    for file in state/*.state; do printf X | dd of="$file" bs=1 seek=40 conv=notrunc 2>/dev/null; done
    try spool state
    [ "$status" -eq 1 ]
    grep -q 'state_invalid' err
    ls state/*.damaged
    try spool state
    [ "$status" -eq 0 ]
    grep -q "going on after reading 0$" err
    sums_agree
    for arguments in "" "spool" "-v spool" "a b c"; do
        # shellcheck disable=SC2086  # several
        try $arguments
        [ "$status" -eq 2 ]
        grep -q "$said \[-v\] SPOOL FOLDER" err
    done
}

types() {
    need_package
    run "$tools" -m mypy --python-version 3.9 --python-executable "$python" --cache-dir "$work/mypy" examples/*.py
}

steps_begin "$BUILD/log/uses"
for language in c python; do
    lines=200000 # 14 MB
    [ "$language" = c ] || lines=40000
    check "logpipe in $language: its counts" logs $language $lines
    check "logpipe in $language: what it refuses" logs_refused $language
    check "logpipe in $language: a full disk" logs_on_a_full_disk $language
    check "gateway in $language: killed again and again" killed $language
    check "gateway in $language: what it refuses" gateway_refused $language
done
check "types" types
steps_end
