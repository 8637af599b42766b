#!/bin/sh
# Measures what a build folder holds, or compares it with another library: run.sh BUILDDIR [LIBRARY].
# Writes table.txt and bench.json into BUILDDIR/bench/, prints the table, and draws what was measured (draw.sh).
# BENCHFLAGS: more options for meshos-bench, such as --quick or --rounds 20.
set -eu

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    echo "usage: bench/run.sh BUILDDIR [LIBRARY]" >&2
    exit 2
fi
build=$1
folder=$build/bench
mkdir -p "$folder"

status=0
# shellcheck disable=SC2086  # BENCHFLAGS is a list
"$build/meshos-bench" --lib "$build/libnet_meshos.so" ${2:+--vs "$2"} \
    --json "$folder/bench.json" ${BENCHFLAGS:-} >"$folder/table.txt" || status=$?
cat "$folder/table.txt"
echo
echo "the table: $folder/table.txt"
echo "the same with every round, as JSON: $folder/bench.json"
"${0%/*}/draw.sh" "$folder/bench.json" "$folder" "$build/tools" || status=1
exit $status
