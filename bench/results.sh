#!/bin/sh
# Measures everything that docs/performance.md shows, the bindings too, takes the figures and drawings into bench/results/, and writes
# them into the document: results.sh BUILDDIR [OPTION...], such as --rounds 3. Let the machine be quiet, and the tree be
# clean, so that the figures name the commit that they are of.
set -eu
build=$1
shift
cd "$(dirname "$0")/.."
bench/peers/run.sh "$build" "$@"
bench/curves/run.sh "$build" "$@"
cp "$build/peers/peers.json" "$build/peers/peers.svg" "$build/curves/curves.json" "$build/curves/curves.svg" bench/results/
BUILD=$build bindings/bench.sh
cp "$build/bench/bindings.json" bench/results/
python3 -B bench/report.py
