#!/bin/sh
# Runs the examples on texts that are always there.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh

echo "== tally: one daemon on net_meshos.h"
run "$BUILD/tally" --lines-per-log 50 LICENSE

# A text of some megabytes: the project's own words, again and again.
demo=$BUILD/demo
mkdir -p "$demo"
rm -f "$demo"/*
for _ in $(seq 200); do cat LICENSE README.md include/*.h; done >"$demo/text"

echo
echo "== words: two daemons on net_meshos_ext.h, stopped half way"
run "$BUILD/words" --state "$demo/state" --stop-after 100000 "$demo/text"
echo
echo "== words: the same again, which restores the state and goes on"
run "$BUILD/words" --state "$demo/state" --counts "$demo/counts" --top 10 "$demo/text"

echo
echo "== the same text counted by tr, sort and uniq"
LC_ALL=C tr -cs '[:alpha:]' '\n' <"$demo/text" | LC_ALL=C tr '[:upper:]' '[:lower:]' |
    sed '/^$/d' | LC_ALL=C sort | uniq -c | awk '{print $1, $2}' >"$demo/expected"
awk '{print $1, $2}' "$demo/counts" >"$demo/counted"
if cmp "$demo/counted" "$demo/expected"; then
    echo "They count the same: $(wc -l <"$demo/expected") different words"
else
    echo "They count otherwise: compare $demo/counted and $demo/expected" >&2
    exit 1
fi
