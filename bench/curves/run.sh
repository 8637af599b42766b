#!/bin/sh
# Measures how a build folder's library scales: run.sh BUILDDIR [OPTION...], with the options of run.py.
# Writes curves.json and curves.svg into BUILDDIR/curves/.
# TOOLS: where the plotting library is, or will be; BUILDDIR/tools unless told.
set -eu
build=$1
shift
if ! command -v python3 >/dev/null; then
    echo "python3 is not installed, which runs the measurement"
    exit 77
fi
here=${0%/*}
status=0
rm -f "$build/curves/curves.json"
python3 -B "$here/run.py" --build "$build" "$@" || status=$?
[ -e "$build/curves/curves.json" ] || exit "$status"
"$here/../draw.sh" "$build/curves/curves.json" "$build/curves" "${TOOLS:-$build/tools}" "$here/draw.py"
exit "$status"
