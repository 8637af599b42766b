#!/bin/sh
# Compares a build folder's library with its peers: run.sh BUILDDIR [OPTION...], with the options of run.py.
# Writes peers.json, table.md and peers.svg into BUILDDIR/peers/.
# TOOLS: where the plotting library is, or will be; BUILDDIR/tools unless told.
set -eu
build=$1
shift
if ! command -v python3 >/dev/null; then
    echo "python3 is not installed, which runs the comparison"
    exit 77
fi
here=${0%/*}
status=0
rm -f "$build/peers/peers.json"
python3 -B "$here/run.py" --build "$build" "$@" || status=$?
[ -e "$build/peers/peers.json" ] || exit "$status"
"$here/../draw.sh" "$build/peers/peers.json" "$build/peers" "${TOOLS:-$build/tools}" "$here/draw.py"
exit "$status"
