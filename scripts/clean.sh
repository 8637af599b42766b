#!/bin/sh
# Removes what was built: clean.sh [all]. Without `all` it keeps the tools that the tests fetched.
set -eu
cd "$(dirname "$0")/.."
. scripts/settings.sh

[ -d "$BUILD" ] || exit 0
if [ "${1:-}" = all ]; then
    rm -rf "$BUILD"
else
    find "$BUILD" -mindepth 1 -maxdepth 1 ! -name tools -exec rm -rf {} +
fi
