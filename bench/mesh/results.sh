#!/bin/sh
# Measures a mesh in full, takes the figures and the drawing into bench/mesh/results/, and writes them into docs/mesh.md:
# results.sh BUILDDIR [OPTION...], such as --rounds 3. Let the machine be quiet, and the tree be clean, so that the
# figures name the commit that they are of.
set -eu
build=$1
shift
cd "$(dirname "$0")/../.."
python3 -B bench/mesh/run.py --build "$build" "$@"
bench/draw.sh "$build/mesh-bench/bench.json" "$build/mesh-bench" "$build/tools" bench/mesh/draw.py
mkdir -p bench/mesh/results
cp "$build/mesh-bench/bench.json" bench/mesh/results/mesh.json
cp "$build/mesh-bench/mesh.svg" bench/mesh/results/
python3 -B bench/mesh/report.py
