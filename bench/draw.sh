#!/bin/sh
# Draws what was measured: draw.sh JSON FOLDER TOOLS [SCRIPT]. SCRIPT is draw/draw.py, for what meshos-bench writes,
# or another that takes JSON FOLDER. TOOLS is a folder for the plotting library, which is fetched once. Without Python or
# a package registry there are no drawings, and a line says so.
set -eu

if [ $# -ne 3 ] && [ $# -ne 4 ]; then
    echo "usage: bench/draw.sh JSON FOLDER TOOLS [SCRIPT]" >&2
    exit 2
fi
# One version, so that a new release can't change or break the drawings.
matplotlib=3.10.8
venv=$3/bench-venv
here=${0%/*}

without() {
    echo "no drawings: $*"
    exit 0
}

if [ ! -e "$venv/matplotlib-$matplotlib" ]; then
    command -v python3 >/dev/null || without "python3 is not installed"
    rm -rf "$venv"
    mkdir -p "$3"
    python3 -m venv "$venv" >/dev/null 2>&1 || without "python3 has no venv module"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --retries 1 --timeout 20 --only-binary :all: \
        "matplotlib==$matplotlib" >"$venv/pip.log" 2>&1 ||
        without "matplotlib $matplotlib can't be fetched: $(tail -n 1 "$venv/pip.log")"
    : >"$venv/matplotlib-$matplotlib"
fi
# matplotlib keeps a list of fonts; -B: nothing is written beside the sources.
MPLCONFIGDIR=$venv/config PYTHONPATH=$here/draw "$venv/bin/python" -B "${4:-$here/draw/draw.py}" "$1" "$2"
