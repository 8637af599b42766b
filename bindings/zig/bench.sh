#!/bin/sh
# What calls cost from Zig: lines "name value unit".
#   bindings/zig/bench.sh [BUILD]
# shellcheck disable=SC2086,SC2154  # $zig is a command with its arguments, from need_zig
set -eu
cd "$(dirname "$0")/../.."
BUILD=${1:-${BUILD:-build}}
. scripts/settings.sh
. scripts/tools.sh

need_zig >&2
library=$PWD/$BUILD
cd bindings/zig
$zig build bench -Dlib_dir="$library" -Doptimize=ReleaseFast
