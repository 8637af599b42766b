#!/bin/sh
# What calls cost from Python: lines "name value unit".
#   bindings/python/bench.sh [BUILD]
set -eu
cd "$(dirname "$0")/../.."
BUILD=${1:-${BUILD:-build}}
. scripts/settings.sh
. scripts/tools.sh
. bindings/python/tools.sh

need_package >&2
"$python" bindings/python/bench.py
