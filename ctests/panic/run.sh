#!/bin/sh
# What becomes of a panic in Go: builds the library with one in each export that happens when asked for, and
# makes every call with it. The exports are those that capi/ has, and the calls those of include/: an export without
# a recover ends the program, and one that no call crosses into fails.
#   ctests/panic/run.sh
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh

work=$BUILD/panic
rm -rf "$work/_go"
mkdir -p "$work/_go" # a name that ./... leaves out

# Go reads these in the place of the files in capi/.
cp ctests/panic/testdata/panics.go "$work/_go/panics.go"
overlay="\"$PWD/capi/panics.go\": \"$PWD/$work/_go/panics.go\""
# Those that are compiled: a build tag may leave some out.
sources=$("$GO" list -f '{{range .CgoFiles}}capi/{{.}} {{end}}' ./capi)
for source in $sources; do
    grep -q '^//export ' "$source" || continue
    # The call comes behind what an export may begin with: its result and its recover.
    awk '
        /^\/\/export / { name = $2 }
        name && inside && !/^\tvar f failure$/ && !/^\tdefer guard\(&f\)$/ {
            printf "\tpanicIfAsked(\"%s\")\n", name
            name = ""
            inside = 0
        }
        name && /^func .*\{$/ { inside = 1 }
        { print }
    ' "$source" >"$work/_go/${source##*/}"
    overlay="$overlay, \"$PWD/$source\": \"$PWD/$work/_go/${source##*/}\""
done
echo "{\"Replace\": {$overlay}}" >"$work/overlay.json"

# shellcheck disable=SC2086  # a list
sed -n 's/^\/\/export //p' $sources | sort >"$work/exports"
cat "$work"/_go/*.go | sed -n 's/^\tpanicIfAsked("\(.*\)")$/\1/p' | sort >"$work/prepared"
cmp "$work/exports" "$work/prepared" || {
    echo "not every export could be made to panic"
    exit 1
}
sed 's/.*/EXPORT(&)/' "$work/exports" >"$work/exports.inc"

GOFLAGS="-overlay=$PWD/$work/overlay.json" BUILD=$work scripts/compile.sh libnet_meshos.so
scripts/calls.sh header >"$work/calls.h"
cp "$work/calls.h" "$work/abi_calls.h"
# shellcheck disable=SC2086  # CC and CFLAGS are lists
run $CC -std=c11 -Wall -Wextra -Werror -Wconversion -Wshadow $CFLAGS -Iinclude -I"$work" -Ictests/harness -Ictests/unit \
    ctests/panic/*.c ctests/unit/every_call.c ctests/harness/*.c -o "$work/panic" -lpthread -ldl
status=0
"$work/panic" "$work/libnet_meshos.so" "$work/printed" || status=$?
cat "$work/printed"
exit $status
