#!/bin/sh
# Fails if a call of the headers has no wrapper in a binding, and names it: covers.sh COMMENT FILE...
# COMMENT is what begins a comment up to the end of its line: a call that only a comment names is not wrapped.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh

comment=$1
shift
names=$(scripts/calls.sh names)
missing=$(sed "s|$comment.*||" "$@" | grep -owE 'net_meshos_[a-z0-9_]+' | sort -u | {
    made=$(cat)
    for name in $names; do
        printf '%s\n' "$made" | grep -qxF "$name" || echo "$name"
    done
})
if [ -n "$missing" ]; then
    echo "no wrapper in $*:"
    echo "$missing"
    exit 1
fi
echo "$(echo "$names" | wc -l) calls are wrapped"
