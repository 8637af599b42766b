#!/bin/sh
# Runs the benchmark in its shortest form, and looks at what it prints and writes: test.sh BUILDDIR.
set -eu
build=$1
said=$build/bench/test.txt
mkdir -p "$build/bench"
BENCHFLAGS=--quick "${0%/*}/run.sh" "$build" >"$said" 2>&1 || {
    cat "$said"
    exit 1
}
cat "$said"

missing() {
    echo "the benchmark doesn't say $*"
    exit 1
}

grep -q '^\[2/[0-9]*\] [a-z_0-9]*, about [0-9]* [a-z]* left$' "$said" || missing "how long it still takes"
for file in table.txt bench.json; do
    grep -q ": $build/bench/$file\$" "$said" || missing "where $file is"
done
# "in", best, median, its limit, units, their limit, events/s, reference
awk '
    /^ext_post by 256, one output each, per event / {
        found = 1
        sub(/^.* per event +/, "")
        gsub(/,/, "")
        if (NF != 8 || $1 != "ns" || $4 <= 0 || $6 != 15 || $7 <= 0) {
            print "a wrong row: " $0
            exit 1
        }
    }
    END { exit !found }' "$said" || missing "what a post costs, its limits and events/s"
# The limit in ns is that in units, and events/s come from the median: in the line behind that of the figure.
awk '
    function member(name) {
        if (!match($0, "\"" name "\": [0-9.e+]+"))
            return -1
        return substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 4) + 0
    }
    function about(a, b) { return a > 0 && a > 0.999 * b && a < 1.001 * b }
    wanted { good = about(member("at_most_ns"), 15 * member("unit_ns")) && about(member("events_per_s"), 1e9 / member("median")) }
    { wanted = /"key": "post_1"/ }
    END { exit !good }' "$build/bench/bench.json" || missing "the same in JSON"
