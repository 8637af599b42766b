#!/bin/sh
# Compares a build folder's library with its peers: run.sh BUILDDIR [OPTION...], with the options of run.py.
# Writes peers.json, table.md and peers.svg into BUILDDIR/peers/.
set -eu
build=$1
shift
if ! command -v python3 >/dev/null; then
    echo "python3 is not installed, which runs the comparison"
    exit 77
fi
exec python3 -B "${0%/*}/run.py" --build "$build" "$@"
