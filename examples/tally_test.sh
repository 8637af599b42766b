#!/bin/sh
# Tries the example as a user would: its counts against wc and sort, its messages, its end on a signal.
#   examples/tally_test.sh [TALLY]
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh
. scripts/steps.sh

tally=$(realpath "${1:-$BUILD/tally}")
work=$BUILD/tally-test
rm -rf "$work"
mkdir -p "$work"
export LC_ALL=C.UTF-8

expect() { # expect WHAT EXPECTED FOUND
    [ "$2" = "$3" ] || {
        printf '%s: expected\n%s\nand found\n%s\n' "$1" "$2" "$3"
        exit 1
    }
}

# Runs tally; $status is its exit status, $work/out and $work/err what it said.
tally() {
    status=0
    "$tally" "$@" >"$work/out" 2>"$work/err" || status=$?
}

last_error() { grep -v '^tally: \(daemon\|counting\|metadata\|control\|[0-9]* log lines\)' "$work/err"; }

counts_agree() { # counts_agree FILE [TALLY'S ARGUMENT]
    tally --top 1000000 --grace-ms 1 "${2:-$1}" <"$1"
    cat "$work/err"
    expect "exit status" 0 "$status"
    expect "lines, words, bytes" "$(wc -lwc <"$1" | awk '{ print $1, $2, $3 }')" \
        "$(awk 'NR <= 3 { printf "%s%s", (NR > 1 ? " " : ""), $1 }' "$work/out")"
    # tr of C: letters are those of ASCII, and each byte beyond it.
    LC_ALL=C tr -cs 'A-Za-z\200-\377' '\n' <"$1" | LC_ALL=C tr '[:upper:]' '[:lower:]' | grep -v '^$' |
        LC_ALL=C sort | uniq -c | LC_ALL=C sort -k1,1nr -k2 | awk '{ print $1, $2 }' >"$work/expected"
    tail -n +5 "$work/out" | awk '{ print $1, $2 }' >"$work/found"
    diff "$work/expected" "$work/found"
}

license() { counts_agree LICENSE; }
standard_input() { counts_agree LICENSE -; }

awkward_text() {
    printf 'The the THE\tthe\r\n\n  two--words, don'\''t \v\f x9y\nna\303\257ve NA\303\257VE \342\202\254uro\nno newline at the end' \
        >"$work/awkward"
    counts_agree "$work/awkward"
}

# More than a block of input, more than one size of the table, lines across blocks.
large_text() {
    awk 'BEGIN { for (i = 0; i < 200000; i++) printf "%c%c line %d of many%s", 97 + i % 26, 97 + i % 23, i, i % 7 ? "\n" : " " }' \
        >"$work/large"
    counts_agree "$work/large"
}

log_lines() {
    tally --lines-per-log 10 --grace-ms 1 LICENSE
    grep 'log lines' "$work/err"
    expect "log lines" "tally: $(($(wc -l <LICENSE) / 10 + 1)) log lines published, 0 refused" \
        "$(grep 'log lines' "$work/err")"
}

tells_its_life() {
    tally --grace-ms 250 LICENSE
    cat "$work/err"
    grep -q '^tally: daemon "tally" is registered with the id [0-9a-f]\{16\}$' "$work/err"
    grep -q '^tally: metadata: {.*"daemon_name":"tally".*"node_id":1,.*}$' "$work/err"
    grep -q '^tally: control: SHUTDOWN, 250 ms to finish' "$work/err"
    expect "last line" "tally: done" "$(tail -n 1 "$work/err")"
}

refuses() { # refuses STATUS MESSAGE ARGUMENT...
    wanted_status=$1 wanted=$2
    shift 2
    tally "$@" </dev/null
    expect "message" "$wanted" "$(last_error | head -n 1)"
    expect "exit status" "$wanted_status" "$status"
}

missing_file() { refuses 1 "tally: $work/none: No such file or directory" "$work/none"; }
directory() { refuses 1 "tally: $work: Is a directory" "$work"; }

empty_file() {
    : >"$work/empty"
    refuses 1 "tally: $work/empty: the file is empty, there is nothing to count" "$work/empty"
}

# Root may read everything, so as root the question is asked as nobody, from a folder that nobody may enter.
unreadable_file() {
    open=$(mktemp -d)
    trap 'rm -rf "$open"' EXIT
    cp "$tally" "$BUILD/libnet_meshos.so" "$open/"
    echo secret >"$open/secret"
    chmod 755 "$open"
    chmod 000 "$open/secret"
    as_nobody=
    [ "$(id -u)" -ne 0 ] || as_nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
    status=0
    # shellcheck disable=SC2086  # a command with its arguments, or nothing
    (cd "$open" && $as_nobody ./tally secret 2>err) || status=$?
    expect "message" "tally: secret: Permission denied" "$(cat "$open/err")"
    expect "exit status" 1 "$status"
}

no_text() {
    head -c 1200000 /dev/zero >"$work/zeros"
    refuses 1 "tally: $work/zeros: a line is longer than 1 MiB: is this a text?" "$work/zeros"
}

# Where the counts can't be written, and where they would go into the text that is counted.
outputs() {
    if [ -e /dev/full ]; then
        status=0
        "$tally" --grace-ms 1 LICENSE >/dev/full 2>"$work/err" || status=$?
        expect "exit status" 1 "$status"
        grep -q "^tally: the counts can't be written: No space left on device$" "$work/err"
        status=0
        "$tally" --help >/dev/full 2>"$work/err" || status=$?
        expect "exit status of --help" 1 "$status"
        expect "message of --help" "tally: the help can't be shown: No space left on device" "$(cat "$work/err")"
    fi
    status=0
    "$tally" --grace-ms 1 LICENSE >&- 2>"$work/err" || status=$?
    expect "exit status" 1 "$status"
    expect "message" "tally: LICENSE: the standard output is closed: nothing is counted" "$(cat "$work/err")"
    cp LICENSE "$work/grows"
    for text in "$work/grows" -; do
        status=0
        # shellcheck disable=SC2094  # it is refused for that
        "$tally" --grace-ms 1 "$text" <"$work/grows" >>"$work/grows" 2>"$work/err" || status=$?
        expect "exit status" 1 "$status"
        expect "message" "tally: $text: it is the standard output too: nothing is counted" "$(cat "$work/err")"
        cmp LICENSE "$work/grows"
    done
}

bad_options() {
    refuses 2 "$tally: unrecognized option '--colour'" --colour
    refuses 2 "$tally: option '--top' requires an argument" --top
    refuses 2 "tally: --lines-per-log needs a whole number from 1 on, and got '0'" --lines-per-log 0
    refuses 2 "tally: --top needs a whole number from 0 on, and got '-1'" --top=-1
    refuses 2 "tally: --top needs a whole number from 0 on, and got '7x'" --top 7x
    refuses 2 "tally: --top needs a whole number from 0 on, and got ''" --top ''
    refuses 2 "tally: --grace-ms needs a whole number from 1 on, and got '99999999999999999999'" \
        --grace-ms 99999999999999999999
    refuses 2 "tally: one FILE at most, and 'b' is one more" a b
    expect "hint" "Try 'tally --help'." "$(tail -n 1 "$work/err")"
}

help_text() {
    tally --help
    expect "exit status" 0 "$status"
    for option in lines-per-log top grace-ms help; do
        grep -q -e "--$option" "$work/out"
    done
}

# Starts tally on a pipe that stays open, and follows what it says line by line: no guess about time.
start_on_pipe() {
    rm -f "$work/text" "$work/said"
    mkfifo "$work/text" "$work/said"
    "$tally" --grace-ms 200 "$work/text" >"$work/out" 2>"$work/said" &
    tally_process=$!
    # In this order: tally comes to open its text only when something reads what it says.
    exec 9<"$work/said" 8>"$work/text"
}

wait_for_words() { # wait_for_words PATTERN: reads what tally says until a line has it
    while read -r line <&9; do
        echo "$line"
        # shellcheck disable=SC2254  # a pattern
        case $line in $1) return 0 ;; esac
    done
    echo "tally ended, and never said $1"
    exit 1
}

ended_by() { # ended_by STATUS
    wait_for_words 'tally: stopping early: *'
    wait_for_words 'tally: control: SHUTDOWN, 200 ms *'
    status=0
    wait "$tally_process" || status=$?
    exec 8>&- 9<&-
    expect "exit status" "$1" "$status"
}

interrupted_while_waiting() {
    start_on_pipe
    wait_for_words 'tally: counting *'
    kill -INT "$tally_process"
    ended_by 130
    expect "counted" 0 "$(awk 'NR == 1 { print $1 }' "$work/out")"
}

# An endless text: "..." says that tally is in the midst of it.
interrupted_while_counting() {
    start_on_pipe
    yes 'some words of an endless text' >&8 &
    source_process=$!
    trap 'kill "$source_process" 2>/dev/null || true' EXIT
    wait_for_words 'tally: ... *'
    kill -"$1" "$tally_process"
    ended_by "$2"
    awk 'NR == 1 { lines = $1 } NR == 2 { words = $1 } END { print lines " lines, " words " words"
         exit !(lines > 0 && words == 6 * lines) }' "$work/out"
}

steps_begin "$BUILD/log/tally"
check "counts of the licence" license
check "counts of the standard input" standard_input
check "counts of an awkward text" awkward_text
check "counts of a large text" large_text
check "publishes log lines" log_lines
check "tells its life" tells_its_life
check "missing file" missing_file
check "directory" directory
check "unreadable file" unreadable_file
check "empty file" empty_file
check "a file that is no text" no_text
check "outputs that can't be written" outputs
check "bad options" bad_options
check "--help" help_text
check "Ctrl-C while it waits" interrupted_while_waiting
check "Ctrl-C while it counts" interrupted_while_counting INT 130
check "SIGTERM while it counts" interrupted_while_counting TERM 143
steps_end
