#!/bin/sh
# Tries the example as a user would: its counts against tr, sort and uniq; stopping and resuming; bad input.
#   examples/words_test.sh LIBDIR WORKDIR
# LIBDIR has libnet_meshos.so. The program and all that it writes go to WORKDIR. CC and CFLAGS are taken as usual.
set -eu
[ $# -eq 2 ] || {
    echo "usage: words_test.sh LIBDIR WORKDIR" >&2
    exit 2
}
root=$(cd "$(dirname "$0")/.." && pwd)
library=$(cd "$1" && pwd)
mkdir -p "$2"
work=$(cd "$2" && pwd)
cd "$work"
rm -rf ./*.state* ./*.new text* counts* expected out err said
# Its progress is logged between all posts, and not every quarter of a second: a post that fails stays one.
# shellcheck disable=SC2086  # CFLAGS is a list
"${CC:-cc}" -std=c11 -Wall -Wextra ${CFLAGS:--O2 -g} -DREPORT_MS=0 -I"$root/include" "$root"/examples/words.c \
    "$root"/examples/words/*.c -o words -L"$library" -lnet_meshos -lpthread -Wl,-rpath,"$library"

LC_ALL=C
export LC_ALL

fail() {
    printf '%s: %s\n' "$case" "$1"
    echo "what the program said last:"
    tail -n 20 err
    exit 1
}

expect() { # expect WHAT EXPECTED FOUND
    [ "$2" = "$3" ] || fail "$(printf '%s: expected\n%s\nand found\n%s' "$1" "$2" "$3")"
}

begin() {
    case=$1
    rm -f state counts
    echo "$case"
}

# Runs words; $status is its exit status, out and err what it said.
words() {
    status=0
    ./words "$@" >out 2>err || status=$?
}

said() { grep -q -x -e "words: $1" err || fail "it never said \"$1\""; }

refuses() { # refuses STATUS MESSAGE ARGUMENT...
    wanted_status=$1 wanted=$2
    shift 2
    words "$@"
    expect "exit status" "$wanted_status" "$status"
    expect "message" "$wanted" "$(grep -v '^words: daemon' err | head -n 1)"
    expect "output" "" "$(cat out)"
}

# The empty line of tr is what comes before the first word.
count_with_tools() { tr -cs '[:alpha:]' '\n' <"$1" | tr '[:upper:]' '[:lower:]' | sort | uniq -c | grep '[a-z]' >expected; }

counts_agree() {
    cmp -s expected counts || fail "the counts differ: $(diff expected counts | head -n 10)"
}

# A text of real words, at least so many bytes long.
make_text() {
    set -- "$1" "$root"/LICENSE "$root"/*.md "$root"/docs/*.md /usr/share/common-licenses/*
    least=$1
    shift
    for source; do
        [ ! -f "$source" ] || cat "$source"
    done >text.once
    : >text
    while [ "$(wc -c <text)" -lt "$least" ]; do
        cat text.once >>text
    done
}

make_text 5000000
size=$(wc -c <text)
lines=$(wc -l <text)
echo "text: $size bytes, $lines lines"
count_with_tools text

begin "counts the whole text"
words --counts counts text
expect "exit status" 0 "$status"
said "done"
counts_agree
expect "sums" "$(awk '{ words += $1 } END { print words, NR }' expected)" \
    "$(awk 'NR == 2 { words = $1 } NR == 3 { print words, $1 }' out)"
expect "the most frequent words" "$(sort -k1,1nr -k2 expected | head -n 10 | awk '{ print $1, $2 }')" \
    "$(tail -n +4 out | awk '{ print $1, $2 }')"

begin "stops after some lines and resumes"
third=$((lines / 3))
words --state state --stop-after "$third" --counts counts text
expect "exit status" 0 "$status"
at=$(head -n "$third" text | wc -c)
said "stopped after $third lines, as asked"
said "state saved to state, at byte $at of $size"
expect "lines" "$third" "$(awk 'NR == 1 { print $1 }' out)"
head -n "$third" text >text.third
mv expected expected.whole
count_with_tools text.third
counts_agree
words --state state --stop-after 1 text
said "resuming at byte $at of $size, with [0-9]* words counted"
at=$(head -n $((third + 1)) text | wc -c)
said "state saved to state, at byte $at of $size"
mv expected.whole expected
words --state state --counts counts text
expect "exit status" 0 "$status"
said "resuming at byte $at of $size, with [0-9]* words counted"
counts_agree

begin "goes on where the text has grown"
cp text text.grown
words --state state text.grown
echo "and some more of the text" >>text.grown
words --state state --counts counts text.grown
expect "exit status" 0 "$status"
said "resuming at byte $size of $((size + 26)), with [0-9]* words counted"
mv expected expected.whole
count_with_tools text.grown
counts_agree
mv expected.whole expected

# Starts words and interrupts it when it says for the first time how far it is.
interrupt() { # interrupt ARGUMENT...
    rm -f said
    mkfifo said
    ./words "$@" >out 2>said &
    process=$!
    exec 9<said
    : >err
    interrupted=
    while IFS= read -r line <&9; do
        printf '%s\n' "$line" >>err
        case $interrupted$line in
            "words: info, counter: "*)
                interrupted=yes
                kill -INT "$process" 2>/dev/null || true # which may have ended by now
                ;;
        esac
    done
    exec 9<&-
    status=0
    wait "$process" || status=$?
}

# Where it was stopped in the text: $at; nothing where it has counted all of it.
stopped() {
    at=
    [ "$status" -ne 0 ] || return 0
    expect "exit status" 130 "$status"
    said "stopping early"
    said "state saved to state, at byte [0-9]* of $large"
    at=$(sed -n 's/^words: state saved to state, at byte \([0-9]*\) of .*/\1/p' err)
    echo "  at byte $at of $large"
}

# Where this script gets to run late, words has read all of a text that is too small. Then the text is made larger,
# until words is in the midst of it. After that it is interrupted until it is through, the last time maybe at the end.
begin "stops on Ctrl-C and resumes"
cp text text.large
large=$size
interrupt --state state text.large
stopped
while [ "${at:-$large}" -ge "$large" ]; do
    [ "$large" -lt 300000000 ] || fail "it did not stop early"
    cat text.large text.large text.large text.large >text.larger
    mv text.larger text.large
    large=$((4 * large))
    rm -f state
    interrupt --state state text.large
    stopped
done
while [ -n "$at" ]; do
    before=$at
    interrupt --state state --counts counts text.large
    said "resuming at byte $before of $large, with [0-9]* words counted"
    stopped
    [ -z "$at" ] || [ "$at" -gt "$before" ] || fail "it did not get on"
done
awk -v times=$((large / size)) '{ printf "%7d %s\n", $1 * times, $2 }' expected >expected.large
cmp -s expected.large counts || fail "the counts differ: $(diff expected.large counts | head -n 10)"

begin "counts awkward texts"
awkward() {
    words --counts counts text.awkward
    expect "exit status" 0 "$status"
    mv expected expected.whole
    count_with_tools text.awkward || :
    counts_agree
    mv expected.whole expected
}
printf 'The the THE\tthe\r\n\n  two--words, don'\''t \v\f x9y\nna\303\257ve\0NUL\377\nno newline at the end' >text.awkward
awkward
printf '12 34\n' >text.awkward # not a single word
awkward
printf 'x' >text.awkward
awkward
tr '\n' ' ' <text.once | head -c 3000000 >text.awkward # one line, longer than the buffer
awkward

begin "refuses what is no text"
refuses 1 "words: none: No such file or directory" none
refuses 1 "words: .: Is a directory" .
: >text.empty
refuses 1 "words: text.empty: the file is empty, there is nothing to count" text.empty
refuses 1 "words: said: not a regular file, so counting could not be resumed in it" said
head -c 2000000 /dev/zero | tr '\0' a >text.letters
words text.letters
expect "exit status" 1 "$status"
said "reading the text failed: a word is longer than 1 MiB: is this a text?"

begin "refuses a state file that it can't trust"
words --state state --stop-after 1000 text
cp state good.state
damaged() { # damaged WHY
    cp state before.state
    refuses 1 "words: state: $1" --state state text
    cmp -s state before.state || fail "a state file that was refused has been changed"
}
: >state && damaged "it is no state file of this program"
cp text.once state && damaged "it is no state file of this program"
head -c 40 good.state >state && damaged "it is damaged: it is too short"
head -c 100 good.state >state && damaged "it is damaged: its length is not what it says"
head -c "$(($(wc -c <good.state) - 1))" good.state >state && damaged "it is damaged: its length is not what it says"
(cat good.state && echo) >state && damaged "it is damaged: its length is not what it says"
for byte in 20 60 100 "$(($(wc -c <good.state) - 1))"; do # any byte that has changed
    cp good.state state
    printf '\377' | dd of=state bs=1 seek="$byte" conv=notrunc 2>dd.err
    damaged "it is damaged: its checksum is wrong"
done
head -c 1000 text >text.short
cp good.state state
refuses 1 "words: state: it doesn't fit to text.short: the file has become shorter; remove it to begin anew" \
    --state state text.short
tr a b <text >text.other
refuses 1 "words: state: it doesn't fit to text.other: it is about another text; remove it to begin anew" \
    --state state text.other
rm state
printf 'one two thr' >text.awkward
words --state state text.awkward
printf 'ee\n' >>text.awkward
refuses 1 "words: state: it doesn't fit to text.awkward: its last word has grown since it was counted; remove it to begin anew" \
    --state state text.awkward
refuses 1 "words: none/state: a state can't be saved there: No such file or directory" --state none/state text
refuses 1 "words: .: Is a directory" --state . text

begin "refuses wrong usage"
usage() { # usage MESSAGE ARGUMENT...
    refuses 2 "$@"
    expect "hint" "Try 'words --help'." "$(tail -n 1 err)"
}
usage "./words: unrecognized option '--colour'" --colour text
usage "./words: option '--state' requires an argument" --state
usage "words: --top needs a whole number from 0 on, and got '-1'" --top=-1 text
usage "words: --top needs a whole number from 0 on, and got '7x'" --top 7x text
usage "words: --top needs a whole number from 0 on, and got ''" --top '' text
usage "words: --stop-after needs a whole number from 1 on, and got '0'" --stop-after 0 text
usage "words: --stop-after needs a whole number from 1 on, and got '99999999999999999999'" \
    --stop-after 99999999999999999999 text
usage "words: no FILE is given"
usage "words: one FILE at a time, and 'b' is one more" a b

begin "says when results can't be written"
refuses 1 "words: none/counts: No such file or directory" --counts none/counts --state state text
[ ! -e state ] || fail "it has counted before it said that"
if [ -e /dev/full ]; then
    words --counts /dev/full --state state text
    expect "exit status" 1 "$status"
    said "state saved to state, at byte $size of $size" # which is not lost for that
    said "/dev/full: No space left on device"
    status=0
    ./words text >/dev/full 2>err || status=$?
    expect "exit status" 1 "$status"
    said "the results can't be shown: No space left on device"
    status=0
    ./words --help >/dev/full 2>err || status=$?
    expect "exit status of --help" 1 "$status"
    said "the help can't be shown: No space left on device"
fi
status=0
./words text >&- 2>err || status=$?
expect "exit status" 1 "$status"
said "the standard output is closed: nothing is counted"

begin "refuses an output that is an input or another output"
cp text text.same
ln -f text.same link
for output in text.same ./text.same link; do
    refuses 1 "words: $output: the file for the counts is the text itself: nothing is counted" --counts "$output" text.same
    refuses 1 "words: $output: the state file is the text itself: nothing is counted" --state "$output" text.same
done
refuses 1 "words: ./state: the file for the counts is the state file itself: nothing is counted" \
    --counts ./state --state state text.same
[ ! -e state ] || fail "a refused output is left"
status=0
./words text.same >>text.same 2>err || status=$?
expect "exit status" 1 "$status"
said "the standard output is the text itself: nothing is counted"
cmp -s text text.same || fail "the text has been changed"
rm link

begin "shows help"
words --help
expect "exit status" 0 "$status"
for option in state counts top stop-after help; do
    grep -q -e "--$option" out || fail "--$option is not explained"
done

rm -f text.* expected.* ./*.state said dd.err
echo "all is well"
