#!/bin/sh
# What calls cost from Go, which makes them without C: lines "name value unit".
#   bindings/go/bench.sh [BUILD]
set -eu
cd "$(dirname "$0")/../.."
BUILD=${1:-${BUILD:-build}}
. scripts/settings.sh

"$GO" run ./bindings/go/bench
