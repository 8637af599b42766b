# shellcheck shell=sh
# shellcheck disable=SC2154  # variables shared with run.sh
# The suite's command line, output and exit statuses. Sourced by run.sh, after breaks.sh has built and run.

expect() { # expect NAME STATUS WORDS ARGUMENT...: the suite with those arguments; words are of either output
    name=$1 status=0 expected=$2 words=$3
    shift 3
    "$suite" "$@" >"$work/output" 2>&1 </dev/null || status=$?
    if [ $status -ne "$expected" ]; then
        fail "$name" "exit status $status instead of $expected" "$work/output"
    elif ! grep -qe "$words" "$work/output"; then
        fail "$name" "nothing says '$words'" "$work/output"
    else
        pass "$name"
    fi
}

holds() { # holds NAME COMMAND...
    name=$1
    shift
    if "$@" >"$work/output" 2>&1; then
        pass "$name"
    else
        fail "$name" "doesn't hold: $*" "$work/output"
    fi
}

whole=$work/whole.so

# What needs the extension calls is skipped where there are none, with a word on that, and fails nothing.
expect "no extension calls: skipped" 0 '^0 passed, 0 failed, 5 skipped$' --lib "$whole" --strict --filter 'events.*'
expect "no extension calls: the reason" 0 '^ok 1 - snapshot.first # SKIP the library has no net_meshos_ext_' --lib "$whole" --filter snapshot.first

# Bad usage is 2 and says what is bad.
expect "no arguments" 2 'lib PATH is missing'
expect "unknown option" 2 'unrecognized option.*--nonsense' --lib "$whole" --nonsense
expect "option without its argument" 2 'requires an argument' --lib
expect "an argument too many" 2 "'more' is no option" --lib "$whole" more
expect "unknown class" 2 "no class 'silly'" --lib "$whole" --class silly
expect "no jobs" 2 'jobs takes a' --lib "$whole" --jobs 0
expect "jobs that are no number" 2 "not 'many'" --lib "$whole" --jobs many
expect "negative time limit" 2 'above 0' --lib "$whole" --time-limit -1
expect "filter without a match" 2 'no case is selected' --lib "$whole" --filter no.such.case
expect "JUnit file that can't be written" 2 "can't write" --lib "$whole" --filter control.empty --junit "$work/no/folder"
expect "help" 0 '^usage: ' --help

# What can't be written was not said.
unwritten() { # unwritten NAME ARGUMENT...
    name=$1 status=0
    shift
    "$suite" "$@" >/dev/full 2>"$work/output" || status=$?
    if [ $status -ne 2 ]; then
        fail "$name" "exit status $status instead of 2" "$work/output"
    elif ! grep -qx "meshos-conformance: can't write the standard output.*" "$work/output"; then
        fail "$name" "nothing says so" "$work/output"
    else
        pass "$name"
    fi
}
if [ -e /dev/full ]; then
    unwritten "results into a full disk" --lib "$whole" --filter control.empty
    unwritten "a list into a full disk" --list
    unwritten "clauses into a full disk" --clauses
    unwritten "help into a full disk" --help
else
    skip "a full disk" "there is no /dev/full"
fi

# A library that can't be opened is no failed case: one line says why, and there are no results.
one_line() { # one_line NAME WORDS ARGUMENT...
    name=$1 words=$2
    shift 2
    expect "$name" 2 "^meshos-conformance: $words" "$@"
    cp "$work/output" "$work/said"
    holds "$name, in one line" sh -c "[ \"\$(wc -l <'$work/said')\" -eq 1 ]"
}
one_line "no library" ".*absent\.so: can't be opened: " --lib "$work/absent.so"
echo text >"$work/text.so"
one_line "a text for a library" ".*text\.so: can't be opened: " --lib "$work/text.so"
build loading -DBREAK_LOADING
one_line "a library that crashes when it is loaded" '.*killed by SIGILL' --lib "$work/loading.so"
one_line "another library" 'libm\.so\.6: this is no libnet_meshos: it has none of its calls$' --lib libm.so.6
one_line "a runner that isn't there" '.*no-such-runner: No such file' --lib "$whole" --runner no-such-runner

# Selection
expect "filter by a part of the name" 0 '^1\.\.2$' --lib "$whole" --filter sdk_shutdown.consumes --filter sdk_shutdown.null
expect "filter by a glob" 0 '^1\.\.3$' --lib "$whole" --filter 'log.[nu]*8' --filter 'log.level?'
expect "list" 0 '^control.empty header try_next' --list
only_hardening() {
    "$suite" --list --class hardening | awk '$2 != "hardening" { exit 1 } END { exit NR == 0 }'
}
holds "class" only_hardening

# Clauses
uncovered_clause() { "$suite" --clauses | grep -E '\[\]$'; }
holds "clauses are printed" sh -c "'$suite' --clauses | grep -q '^sdk_start.null_out: .*\[.*order.sdk_start'"
if uncovered_clause; then
    fail "all clauses are covered" "see above"
else
    pass "all clauses are covered"
fi
header=include/net_meshos.h
holds "the header is what the clauses say" "$suite" --check-header $header
sed 's/^ \* Stops an SDK and consumes it\./& It may explode./' $header >"$work/added.h"
sed 's/Stops an SDK and consumes it\./Stops an SDK./' $header >"$work/removed.h"
sed 's/without waiting\./while waiting./' $header >"$work/changed.h"
for change in added removed changed; do
    expect "a sentence of the header is $change" 1 'where the clause' --check-header "$work/$change.h"
done
{ cat $header && echo '/* One more. */'; } >"$work/longer.h"
expect "a sentence after the last" 1 'goes on with' --check-header "$work/longer.h"
expect "no header" 1 "can't read" --check-header "$work/none.h"

# What a library prints is not taken for a result.
results_are_the_plan() {
    plan=$(sed -n 's/^1\.\.//p' "$1")
    [ "$(head -n 1 "$1")" = "TAP version 14" ] &&
        [ "$(grep -cE '^(not )?ok [0-9]+ - ' "$1")" -eq "$plan" ] &&
        [ "$(sed -nE 's/^(not )?ok ([0-9]+) .*/\2/p' "$1" | tr '\n' ' ')" = "$(seq -s ' ' "$plan") " ] &&
        ! grep -q '^Bail out' "$1"
}
holds "results and plan agree" results_are_the_plan "$work/whole.tap"
holds "printed lines are no results" results_are_the_plan "$work/prints.tap"
holds "the last line counts" grep -qE '^[0-9]+ passed, 1 failed, 0 skipped$' "$work/prints.tap"

# --strict
expect "hardening doesn't count" 0 '# TODO class hardening' --lib "$work/prints.so" --filter process.silent
expect "hardening counts with --strict" 1 '^not ok 1 - process.silent$' --lib "$work/prints.so" --filter process.silent --strict
expect "header counts" 1 '^not ok 1 - control.null$' --lib "$work/crash.so" --filter control.null
expect "reference counts" 1 '^not ok 1 - order.publish_log$' --lib "$work/order.so" --filter order.publish_log

# The order of results doesn't depend on how many cases run at a time.
names() { "$suite" --lib "$whole" --filter log. --filter metadata.n --jobs "$1" | sed -nE 's/^(not )?ok //p'; }
names 1 >"$work/one"
names 7 >"$work/seven"
holds "jobs" cmp "$work/one" "$work/seven"

# A case that another needs runs although it wasn't selected, and is no result.
expect "a case that is needed" 0 '^1 passed, 0 failed, 0 skipped$' --lib "$whole" --filter callbacks.after_free
build no_health -DBREAK_NO_HEALTH
expect "a case that is needed fails" 0 '^ok 1 - callbacks.after_free # SKIP needs the call of health at every tick, which' \
    --lib "$work/no_health.so" --filter callbacks.after_free --time-limit 3

# The runner starts what runs a case, and that alone.
cat >"$work/runner" <<'END'
#!/bin/sh
echo "$1|$(basename "$2")|$3|$4" >>"$0.log"
shift
exec "$@"
END
chmod +x "$work/runner"
rm -f "$work/runner.log"
expect "runner" 0 '^2 passed, 0 failed, 0 skipped$' --lib "$whole" --runner "$work/runner  word" --filter control.null \
    --filter control.empty
# The first only opens the library.
for case in '' control.empty control.null; do
    echo "word|$(basename "$suite")|--in-child|$case"
done >"$work/runner.expected"
holds "runner: the processes" sh -c "sort '$work/runner.log' | diff - '$work/runner.expected'"

# The page for people has everything in it.
page_is_whole() { # page_is_whole HTML TAP
    ! grep -qE '<(script|link|img|iframe)|src=|url\(|https?:' "$1" &&
        [ "$(grep -c '^<section class="card' "$1")" -eq "$(grep -c '^not ok' "$2")" ] &&
        sed -nE 's/^(not )?ok [0-9]+ - ([a-z0-9_.]+).*/\2/p' "$2" | while read -r case; do
            grep -q ">$case</" "$1" || exit 1
        done
}
page_is_well_formed() {
    if command -v python3 >/dev/null; then
        python3 ctests/broken/page.py "$1"
    else
        [ "$(grep -c '<section' "$1")" -eq "$(grep -c '</section>' "$1")" ]
    fi
}
says_the_header() { # the sentence that the header has where the case fails, in the card of that case
    sed -n '/id="callbacks.polled"/,/<\/section>/p' "$work/reference.html" | grep -q '>Called every tick\. '
}
holds "page" page_is_whole "$work/reference.html" "$work/reference.tap"
holds "page: what the header says" says_the_header
holds "page: well-formed" page_is_well_formed "$work/reference.html"
expect "page that can't be written" 2 "can't write" --lib "$whole" --filter control.empty --report "$work/no/folder"

# JUnit
junit_agrees() { # junit_agrees XML TAP
    if command -v python3 >/dev/null; then
        python3 ctests/broken/junit.py "$1" "$2"
    else
        grep -q '^</testsuites>$' "$1" && [ "$(grep -c '<testcase ' "$1")" -eq "$(sed -n 's/^1\.\.//p' "$2")" ]
    fi
}
for run in whole prints crash missing; do
    holds "JUnit file: $run" junit_agrees "$work/$run.xml" "$work/$run.tap"
done

# The runner's end is the end of its cases.
library_is_in_use() { grep -qs "$1" /proc/[0-9]*/maps; }
"$suite" --lib "$work/hang.so" --filter control.timeout --time-limit 60 >"$work/output" 2>&1 &
runner=$!
tries=0
until library_is_in_use "$work/hang.so" || [ $tries -ge 200 ]; do
    tries=$((tries + 1))
    sleep 0.05
done
kill -TERM $runner
status=0
wait $runner || status=$?
tries=0
while library_is_in_use "$work/hang.so" && [ $tries -lt 200 ]; do
    tries=$((tries + 1))
    sleep 0.05
done
if [ $status -eq 143 ] && [ $tries -lt 200 ]; then
    pass "a run that is ended ends its cases"
else
    fail "a run that is ended ends its cases" "exit status $status, the library is in use after $tries looks"
fi
