#!/bin/sh
# Measures and draws: measured.sh peers|curves BUILDDIR [OPTION...], with the options of WHAT/run.py. Writes WHAT.json
# and WHAT.svg, and what else WHAT/run.py says, into BUILDDIR/WHAT/.
# TOOLS: where the plotting library is, or will be; BUILDDIR/tools unless told.
set -eu
what=$1 build=$2
shift 2
if ! command -v python3 >/dev/null; then
    echo "python3 is not installed, which runs the measurement"
    exit 77
fi
here=${0%/*}
status=0
rm -f "$build/$what/$what.json"
python3 -B "$here/$what/run.py" --build "$build" "$@" || status=$?
[ -e "$build/$what/$what.json" ] || exit "$status"
"$here/draw.sh" "$build/$what/$what.json" "$build/$what" "${TOOLS:-$build/tools}" "$here/$what/draw.py"
exit "$status"
