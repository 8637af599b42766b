#!/bin/sh
# Writes valgrind's suppressions for what Go does with memory of its own: its stacks and heap are mapped and not
# allocated, and its collector reads words that nobody has written. Names of Go's have a dot in them, and those of
# capi/ have none; but for the assembly of its runtime, whose names are read from its sources.
set -eu
go=${1:-go}
root=$("$go" env GOROOT)

suppress() { # suppress FUNCTION
    for kind in Cond Value4 Value8 Value16 Value32 Addr1 Addr2 Addr4 Addr8 Addr16 Addr32; do
        printf '{\n   go\n   Memcheck:%s\n   fun:%s\n   ...\n}\n' "$kind" "$1"
    done
}

suppress '*.*'
find "$root/src/runtime" "$root/src/internal" -name '*.s' -exec grep -hoE '^TEXT +[A-Za-z0-9_]+(<[A-Za-z]*>)?\(SB\)' {} + |
    sed 's/^TEXT *//; s/[<(].*//' | sort -u | while read -r name; do
    suppress "$name"
done
