#!/bin/sh
# The test of what runs and builds the rest: what steps say and count, and what building says where something
# is lacking. Ends with "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh

work=$PWD/$BUILD/scripts-test
rm -rf "$work"
mkdir -p "$work"

# Runs steps in a shell of their own, into a pipe as CI does: what they say in $work/said, the status in $status.
steps() { # steps CI STEP...: each STEP a line of shell
    ci=$1
    shift
    {
        # shellcheck disable=SC2016  # for that shell
        echo 'set -eu; . scripts/steps.sh; . scripts/tools.sh; steps_begin "$1"'
        printf '%s\n' "$@"
        echo steps_end
    } >"$work/steps.sh"
    { CI=$ci sh "$work/steps.sh" "$work/log" && echo 0 || echo $?; } >"$work/said.status"
    status=$(tail -n 1 "$work/said.status")
    sed '$d' "$work/said.status" >"$work/said"
    cat "$work/said"
}

total() { # total STATUS LINE
    [ "$status" -eq "$1" ]
    [ "$(tail -n 1 "$work/said")" = "$2" ]
}

says() { grep -qE -e "$1" "$work/said"; }
is_silent_about() { ! says "$1"; }

parts() { # parts STATUS LAST-LINE: a program with parts
    printf '#!/bin/sh\necho "skip a part   0 s  a tool is not installed"\necho "%s"\nexit %s\n' "$2" "$1" >"$work/parts"
    chmod +x "$work/parts"
}

counts_steps() {
    steps '' 'check one true' 'check two false' 'check three lacking "no tool"' 'step four true'
    total 1 '2 passed, 1 failed, 1 skipped'
    says '^skip three .*no tool$'
}

counts_parts() {
    parts 0 '5 passed, 0 failed, 2 skipped'
    steps '' 'check one true' "step many $work/parts"
    total 0 '6 passed, 0 failed, 2 skipped'
    says '^ok   many .*5 passed, 0 failed, 2 skipped$'
    says '^ +skip a part .*a tool is not installed$'
    parts 0 '7 passed, 0 failed'
    steps '' "suite many $work/parts"
    total 0 '7 passed, 0 failed, 0 skipped'
    steps '' "check one $work/parts"
    total 0 '1 passed, 0 failed, 0 skipped'
}

counts_failed_parts() {
    parts 1 '5 passed, 3 failed, 1 skipped'
    steps '' "suite many $work/parts"
    total 1 '5 passed, 3 failed, 1 skipped'
    says '^FAIL many '
}

believes_the_worse() {
    parts 1 '5 passed, 0 failed, 0 skipped'
    steps '' "suite crashes $work/parts"
    total 1 '5 passed, 1 failed, 0 skipped'
    parts 0 '5 passed, 1 failed, 0 skipped'
    steps '' "suite forgets $work/parts"
    total 1 '5 passed, 1 failed, 0 skipped'
}

ci_skips_nothing() {
    steps true 'check one true' 'check three lacking "no tool"'
    total 1 '1 passed, 1 failed, 0 skipped'
    says '^FAIL three .*no tool$'
    parts 0 '5 passed, 0 failed, 2 skipped'
    steps true "suite many $work/parts"
    total 1 '5 passed, 2 failed, 0 skipped'
    says '^ +skip a part .*a tool is not installed$'
}

says_what_it_does_before() {
    steps '' 'check "the name" cat '"$work/said.status"
    # The step has read what was said before it: its own name.
    grep -qx '...  the name' "$work/log/the-name.log"
    says '^ok   the name '
}

shows_what_failed() {
    {
        echo 'TAP version 14'
        for number in $(seq 60); do
            printf 'ok %s - passes\n  ---\n  message: not this\n  ...\n' "$number"
        done
        printf 'not ok 61 - fails\n  ---\n  class: header\n  duration_ms: 7\n  message: |-\n    it holds 3 of 4\n'
        printf '  output: |-\n    chatter 1\n    chatter 2\n    chatter 3\n    chatter 4\n    chatter 5\n    chatter 6\n'
        printf '  ...\n'
        printf 'ok 61 - lacks it # SKIP needs what that shows, which failed in case fails\n'
        for number in $(seq 62 160); do
            printf 'ok %s - passes (%s ms)\n' "$number" "$number"
        done
        printf 'ok  \tsome/package\t1.2s\n?   \tother/package\t[no test files]\nok   a step   3 s\n...  another\n'
        echo '159 passed, 1 failed, 0 skipped'
    } >"$work/tap"
    steps '' "suite tap cat $work/tap"
    total 1 '159 passed, 1 failed, 0 skipped'
    says '^    \| not ok 61 - fails$'
    says '^    \|     it holds 3 of 4$'
    says '^    \|     printed: chatter 5$'
    is_silent_about 'passes|not this|package|a step|another|header|duration|chatter 6|lacks it'
}

shows_much_by_its_head() {
    { echo '--- FAIL: TestOfMany'; seq 1000; } >"$work/long"
    steps '' "check long sh -c 'cat $work/long; exit 1'"
    says '^    ! --- FAIL: TestOfMany$'
    says '^    \| 1000$'
    is_silent_about '\| 900$'
}

ends_what_hangs() {
    steps '' 'STEP_LIMIT=1' 'step hangs sleep 600'
    total 1 '0 passed, 1 failed, 0 skipped'
    says '^FAIL hangs .*status 124'
}

runs_only_what_is_named() {
    steps '' "steps_begin $work/log 'b c,d'" 'check a false' 'check "b c" true' 'check d true' 'check e false'
    total 0 '2 passed, 0 failed, 0 skipped'
    steps '' "steps_begin $work/log 'b c,nothing'" 'check a true' 'check "b c" true'
    total 1 '1 passed, 1 failed, 0 skipped'
    says '^no step has the name nothing$'
}

# The second of three rounds fails.
busy_says_what_fails() {
    # shellcheck disable=SC2016  # for that shell
    echo 'echo x >>"$0.rounds"; echo "not ok 7 - a: case"; [ "$(wc -l <"$0.rounds")" -ne 2 ]' >"$work/fails-once"
    status=0
    scripts/busy.sh --loops 1 --rounds 3 --logs "$work/busy" sh "$work/fails-once" >"$work/said" || status=$?
    cat "$work/said"
    total 1 '2 passed, 1 failed'
    says '^ok   round  1 '
    says '^FAIL round  2 '
    says '^ +1 of 3  not ok - a: case  \(round 2\)$'
}

children_of() { cat "/proc/$1/task/$1/children"; }

busy_ends_its_loops() {
    scripts/busy.sh --loops 3 --rounds 1 --logs "$work/busy" sh -c 'sleep 900 & wait' &
    busy=$!
    tries=0
    until started=$(children_of "$busy") && [ "$(echo "$started" | wc -w)" -eq 4 ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ]
        sleep 0.1
    done
    below=$(for child in $started; do children_of "$child"; done)
    kill "$busy"
    status=0
    wait "$busy" || status=$?
    [ "$status" -eq 143 ]
    for child in $started $below; do
        [ ! -e "/proc/$child" ]
    done
}

# The processes that have WORDS in the environment that they began with, and have not ended.
processes_with() { # processes_with WORDS
    { grep -slzxF -e "$1" /proc/[0-9]*/environ || true; } | while read -r environment; do
        process=${environment%/environ}
        ! grep -q '^State:[[:space:]]*[^ZX[:space:]]' "$process/status" 2>/dev/null || echo "${process#/proc/}"
    done
}

# Fails where there are still some after a minute, and ends them.
none_is_left_with() { # none_is_left_with WORDS
    tries=0
    while left=$(processes_with "$1") && [ -n "$left" ]; do
        tries=$((tries + 1))
        if [ "$tries" -gt 600 ]; then
            # shellcheck disable=SC2086  # a number each
            { ps -o pid,args $left; kill -KILL $left; return 1; }
        fi
        sleep 0.1
    done
}

# A signal comes as soon as it has begun some of them. Such a one is not yet what it is to become.
busy_ends_what_it_begins() {
    for begun in 1 2 3 4 1 2 3 4; do
        BUSY_TEST=$work scripts/busy.sh --loops 3 --rounds 1 --logs "$work/busy" sleep 900 &
        busy=$!
        until children=$(children_of "$busy") && [ "$(echo "$children" | wc -w)" -ge "$begun" ]; do
            kill -0 "$busy"
        done
        kill "$busy"
        none_is_left_with "BUSY_TEST=$work"
        status=0
        wait "$busy" || status=$?
        [ "$status" -eq 143 ]
    done
}

# A C compiler that compiles nothing and notes what has been said before it, which is all that is asked here.
short_lines() {
    # shellcheck disable=SC2016  # for the script
    printf '#!/bin/sh\ncp "%s" "%s"\nfor word; do [ "$last" != -o ] || : >"$word"; last=$word; done\n' \
        "$work/said" "$work/before" >"$work/cc"
    chmod +x "$work/cc"
    BUILD=$BUILD/scripts-test CC=$work/cc scripts/compile.sh meshos-conformance >"$work/said"
    cat "$work/said"
    [ "$(cat "$work/before")" = 'CC  meshos-conformance' ]
    [ "$(sed 1q "$work/said")" = 'CC  meshos-conformance' ]
    [ "$(wc -l <"$work/said")" -eq 2 ]
    says '^ok  meshos-conformance +[0-9]+ s$'
    BUILD=$BUILD/scripts-test CC=$work/cc V=1 scripts/compile.sh meshos-conformance >"$work/said"
    says '/cc -std=c11 .*ctests/conformance/main\.c'
}

# Each part has its name before it and its time after it. What it needs is no more than it runs.
demo_says() {
    need make
    for product in $(scripts/demo.sh needs); do
        [ -e "$BUILD/$product" ] || scripts/compile.sh "$product"
    done
    scripts/demo.sh 2>"$work/errors" >"$work/said"
    for part in 1 2 3 4; do
        says "^== $part of 4: "
    done
    [ "$(grep -cE '^== took [0-9]+ s$' "$work/said")" -eq 4 ]
    make -n demo BUILD="$BUILD/scripts-test/none" >"$work/said"
    cat "$work/said"
    [ "$(grep -c 'scripts/compile.sh' "$work/said")" -eq "$(scripts/demo.sh needs | wc -w)" ]
    says 'scripts/compile\.sh words$'
}

fails_saying() { # fails_saying WORDS COMMAND...
    words=$1
    shift
    status=0
    env "$@" >"$work/said" 2>&1 || status=$?
    cat "$work/said"
    [ "$status" -eq 1 ]
    says "$words"
}

go_that_is() { # go_that_is HERE ELSEWHERE: a Go that calls itself so in this folder, and in others
    # shellcheck disable=SC2016  # for the script
    printf '#!/bin/sh\n[ "$PWD" != "%s" ] || { %s; }\necho %s\n' "$PWD" "$1" "$2" >"$work/go"
    chmod +x "$work/go"
}

asks_for_go() {
    wanted='get Go 1\.[0-9]+ or newer from '
    library="scripts/compile.sh libnet_meshos.so"
    # shellcheck disable=SC2086  # a command with its arguments
    {
        fails_saying "^no-such-go is not installed: $wanted" GO=no-such-go $library
        fails_saying "^no-such-go is not installed: $wanted" GO=no-such-go scripts/test.sh
        go_that_is 'echo go1.9.7; exit' go1.9.7
        fails_saying "is go1\.9\.7, which is too old: $wanted" "GO=$work/go" $library
        # As a Go does that may not fetch the one that go.mod asks for.
        go_that_is 'echo "go.mod requires a newer Go" >&2; exit 1' go1.24.1
        fails_saying "is go1\.24\.1, which is too old: $wanted" "GO=$work/go" $library
    }
    go_that_is 'echo go1.999.1; exit' go1.24.1
    (GO=$work/go && need_go)
    need_go
}

asks_for_a_compiler() {
    program="scripts/compile.sh meshos-conformance"
    # shellcheck disable=SC2086  # a command with its arguments
    {
        fails_saying '^no-such-cc is not installed: get a C compiler ' CC='no-such-cc -m64' $program
        fails_saying "finds no stdlib\.h: get the C library's headers" "CC=$CC -nostdinc" $program
    }
}

lacks_a_product() {
    : >"$work/is-built"
    steps '' "BUILD=$work" 'check has need_built is-built json-c libjson-c-dev' \
        'check lacks need_built is-none json-c libjson-c-dev'
    total 0 '1 passed, 0 failed, 1 skipped'
    says "^skip lacks .*is-none is not built: it needs json-c, Debian's package libjson-c-dev$"
}

steps_begin "$BUILD/log/scripts"
check "steps are counted" counts_steps
check "parts are counted" counts_parts
check "failed parts are counted" counts_failed_parts
check "status and words disagree" believes_the_worse
check "CI=true skips nothing" ci_skips_nothing
check "a step's name comes first" says_what_it_does_before
check "what failed is shown" shows_what_failed
check "long output has its head" shows_much_by_its_head
check "a step that hangs is ended" ends_what_hangs
check "steps are picked by name" runs_only_what_is_named
check "busy: what fails is shown" busy_says_what_fails
check "busy: what it starts ends" busy_ends_its_loops
check "busy: what it begins ends" busy_ends_what_it_begins
check "short lines, and V=1" short_lines
check "the demo says what it does" demo_says
check "Go is asked for" asks_for_go
check "the C compiler is asked for" asks_for_a_compiler
check "a product that is left out" lacks_a_product
steps_end
