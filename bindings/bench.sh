#!/bin/sh
# Measures what calls cost through each binding, with bindings/LANGUAGE/bench.sh, and writes one table: bindings.md and
# bindings.json in BUILD/bench/.
#   bindings/bench.sh [LANGUAGE...]
# A language that the machine lacks is left out with a line.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh

# C first, which the others are compared with.
languages=${*:-c}
[ $# -gt 0 ] || for runner in bindings/*/bench.sh; do
    language=${runner#bindings/}
    [ "$language" = c/bench.sh ] || languages="$languages ${language%/bench.sh}"
done
out=$BUILD/bench
mkdir -p "$out"
lines=$out/bindings.lines
: >"$lines"
status=0
for language in $languages; do
    printf '...  %s\n' "$language"
    failed=0
    "bindings/$language/bench.sh" "$BUILD" >"$out/bindings.one" 2>"$out/bindings.err" </dev/null || failed=$?
    if [ $failed -eq 77 ]; then
        echo "skip $language: $(cat "$out/bindings.err" "$out/bindings.one" | tail -n 1)"
    elif [ $failed -ne 0 ] || ! [ -s "$out/bindings.one" ] || grep -qvE '^[a-z0-9_]+ [0-9.]+ [a-z/]+$' "$out/bindings.one"; then
        echo "FAIL $language: status $failed"
        cat "$out/bindings.err" "$out/bindings.one"
        status=1
    else
        sed "s/^/$language /" "$out/bindings.one" >>"$lines"
    fi
done
rm -f "$out/bindings.one" "$out/bindings.err"

# Columns and rows in the order of the lines.
awk '
    !($1 in known) { known[$1] = 1; language[++languages] = $1 }
    !($2 in unit) { unit[$2] = $4; name[++names] = $2 }
    { value[$1, $2] = $3 }
    function shown(v, u) {
        if (v == "")
            return "-"
        if (u != "events/s")
            return v
        return v >= 1e6 ? sprintf("%.1f M", v / 1e6) : sprintf("%.0f k", v / 1e3)
    }
    END {
        line = "| language |"
        rule = "|---|"
        for (n = 1; n <= names; n++) {
            line = line " " name[n] ", " unit[name[n]] " |"
            rule = rule "---:|"
        }
        print line "\n" rule
        for (l = 1; l <= languages; l++) {
            line = "| " language[l] " |"
            for (n = 1; n <= names; n++)
                line = line " " shown(value[language[l], name[n]], unit[name[n]]) " |"
            print line
        }
    }' "$lines" >"$out/bindings.md"
version=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
awk -v version="$version" '
    BEGIN { printf "{\n\"version\": \"%s\",\n\"figures\": [\n", version }
    { printf "%s  {\"language\": \"%s\", \"name\": \"%s\", \"value\": %s, \"unit\": \"%s\"}", (NR > 1 ? ",\n" : ""), $1, $2, $3, $4 }
    END { print "\n]\n}" }' "$lines" >"$out/bindings.json"
rm -f "$lines"
cat "$out/bindings.md"
echo "written: $out/bindings.md, $out/bindings.json"
exit $status
