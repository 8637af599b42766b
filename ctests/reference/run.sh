#!/bin/sh
# The reference: each call that the headers declare has a man page with an example, and the examples, which are
# programs in docs/reference/, print what stands below them. Ends with "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh

work=$BUILD/reference-test
rm -rf "$work"
mkdir -p "$work"

# The comment at its end says what it prints.
example() { # example FILE
    name=$work/$(basename "$1" .c)
    sed -n '/^\/\* It prints:$/,/^\*\/$/p' "$1" | sed '1d;$d' >"$name.expected"
    [ -s "$name.expected" ]
    # shellcheck disable=SC2086  # CC and CFLAGS are lists
    run $CC -std=c11 -Wall -Wextra -Werror -Wconversion -Wshadow -pedantic $CFLAGS -Iinclude "$1" -o "$name" \
        -L"$BUILD" -lnet_meshos -lpthread -Wl,-rpath,"$PWD/$BUILD"
    timeout --foreground -k 10 600 "$name" >"$name.printed"
    diff "$name.expected" "$name.printed"
}

has() { # has PAGE TEXT
    grep -qF -e "$2" "$1" || { echo "$1 lacks: $2" && return 1; }
}

# scripts/manpages fails for a call without an example. What it has written is looked at here.
pages() {
    run scripts/compile.sh man3
    scripts/calls.sh names >"$work/declared"
    while read -r call; do
        page=$BUILD/man3/$call.3
        for title in NAME SYNOPSIS DESCRIPTION ERRORS EXAMPLE 'SEE ALSO'; do
            has "$page" ".SH $title"
        done
        has "$page" "/* It prints:"
        awk -v call="$call" '/^\.SH EXAMPLE/ { on = 1; next } /^\.SH / { on = 0 } on && index($0, call "(") { found = 1 }
            END { exit !found }' "$page" || { echo "the example of $call does not call it" && return 1; }
    done <"$work/declared"
    [ "$(find "$BUILD/man3" -name '*.3' | wc -l)" -eq "$(($(wc -l <"$work/declared") + 2))" ]
}

# man says nothing against a page, and shows the words of the header.
read_by_man() {
    need man
    for page in "$BUILD"/man3/*.3; do
        MANWIDTH=120 man --warnings -E UTF-8 -P cat -l "$page" >"$work/shown" 2>"$work/warnings"
        [ ! -s "$work/warnings" ] || { cat "$work/warnings" && return 1; }
    done
    MANWIDTH=100 man -E ascii -P cat -l "$BUILD/man3/net_meshos_ext_deliver.3" | tr -s ' \n' ' ' >"$work/shown"
    has "$work/shown" 'net_meshos_ext_deliver - has a daemon process one event on this thread'
    has "$work/shown" '#include <net_meshos_ext.h>'
    has "$work/shown" 'NetMeshOsOutputFn output_fn, void *ctx);'
    has "$work/shown" '-2 stopped the daemon has been stopped'
    has "$work/shown" 'event 2: process_failed'
}

# Each call has a page of its own there, with its example.
html() {
    need doxygen
    run scripts/reference.sh
    while read -r call; do
        grep -lF "<title>libnet_meshos: $call</title>" "$BUILD"/reference/html/*.html >"$work/page" ||
            { echo "$call has no page in HTML" && return 1; }
        [ "$(wc -l <"$work/page")" -eq 1 ]
        has "$(cat "$work/page")" 'It prints:'
    done <"$work/declared"
}

[ -e "$BUILD/libnet_meshos.so" ] || scripts/compile.sh libnet_meshos.so
steps_begin "$BUILD/log/reference"
for file in docs/reference/*.c; do
    check "$file" example "$file"
done
check "a man page for each call" pages
check "man reads the pages" read_by_man
check "HTML for each call" html
steps_end
