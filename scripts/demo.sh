#!/bin/sh
# Runs two examples on texts that are always there: demo.sh, or demo.sh needs, which prints the products that it needs.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh

if [ "${1:-}" = needs ]; then
    echo libnet_meshos.so tally words
    exit
fi

part=0
begin() { # begin TITLE: a line before it runs, into a pipe too
    part=$((part + 1))
    from=$(date +%s)
    echo "== $part of 4: $1"
}

end() {
    printf '== took %d s\n\n' "$(($(date +%s) - from))"
}

# A text of some megabytes: the project's own words, again and again.
demo=$BUILD/demo
mkdir -p "$demo"
rm -f "$demo"/*
for _ in $(seq 200); do cat LICENSE README.md include/*.h; done >"$demo/text"

echo "make demo: four parts, some seconds"
echo
begin "tally, one daemon on net_meshos.h"
run "$BUILD/tally" --lines-per-log 50 LICENSE
end

begin "words, two daemons on net_meshos_ext.h, stopped half way"
run "$BUILD/words" --state "$demo/state" --stop-after 100000 "$demo/text"
end

begin "words, the same again, which restores the state and goes on"
run "$BUILD/words" --state "$demo/state" --counts "$demo/counts" --top 10 "$demo/text"
end

begin "the same text counted by tr, sort and uniq"
LC_ALL=C tr -cs '[:alpha:]' '\n' <"$demo/text" | LC_ALL=C tr '[:upper:]' '[:lower:]' |
    sed '/^$/d' | LC_ALL=C sort | uniq -c | awk '{print $1, $2}' >"$demo/expected"
awk '{print $1, $2}' "$demo/counts" >"$demo/counted"
if cmp "$demo/counted" "$demo/expected"; then
    echo "They count the same: $(wc -l <"$demo/expected") different words"
else
    echo "They count otherwise: compare $demo/counted and $demo/expected" >&2
    exit 1
fi
end
echo "More examples: examples/, the first daemon: README.md"
